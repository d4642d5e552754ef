"""Telling a measured pattern from a list of lines by its grid of positions."""

from __future__ import annotations

import numpy as np

MIN_POINTS = 100  # a list of lines this long and this regular does not occur
STEP_TOLERANCE = 0.2  # relative; position-sensitive detectors are not quite regular, and texts are rounded
REGULAR_SHARE = 0.9


def is_grid(x: np.ndarray) -> bool:
    """Whether positions are the grid of a pattern: many, and equally spaced in x or in 1/x.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Positions in any unit, in the file's order.
    """
    return _is_regular(x) or is_reciprocal_grid(x)


def is_reciprocal_grid(x: np.ndarray) -> bool:
    """Whether positions are equally spaced in 1/x and not in x.

    Only d-spacings on a grid of q = 1/d are: what ``cctbx.xfel.powder_from_spots`` writes.
    """
    if len(x) < MIN_POINTS or not np.all(np.isfinite(x)) or np.any(x <= 0):
        return False
    return _is_regular(1 / x) and not _is_regular(x)


def _is_regular(x: np.ndarray) -> bool:
    if len(x) < MIN_POINTS or not np.all(np.isfinite(x)):
        return False
    steps = np.diff(x)
    typical = np.median(steps)
    if typical == 0:
        return False
    return bool(np.mean(np.abs(steps / typical - 1) < STEP_TOLERANCE) > REGULAR_SHARE)
