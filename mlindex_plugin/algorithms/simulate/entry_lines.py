"""The lines of an entry: what a pattern shows at each broadening, and what the space group allows."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.simulate.calculated_pattern import (
    CU_Q2_MAX,
    CU_TWO_THETA_MAX,
    CU_WAVELENGTH,
    EXTENDED_TWO_THETA_MAX,
    MO_WAVELENGTH,
    allowed_lines,
    lorentz_polarisation,
    observable,
    present,
)
from mlindex_plugin.algorithms.simulate.entry import Lines

N_LINES = 60
BROADENING = (0.5, 1.0, 1.5)
# Where the space group allows so many lines to 60°, those further out overlap and little is gained by going there.
ENOUGH_ALLOWED = 400


def lines_to(limit, structure):
    """Lines that the space group allows up to 60° of Cu Kα, or up to q2 = 1.69 1/Å² (d = 0.77 Å) for Mo Kα.

    Parameters
    ----------
    limit : str
        ``near`` or ``extended``.
    structure : cctbx.xray.structure

    Returns
    -------
    PowderLines
    """
    if limit == "near":
        return allowed_lines(structure, CU_WAVELENGTH, CU_TWO_THETA_MAX)
    return allowed_lines(structure, MO_WAVELENGTH, EXTENDED_TWO_THETA_MAX)


def entry_lines(calculate, broadening=BROADENING, n_lines=N_LINES):
    """Observable and allowed lines of one crystal.

    Where a list to 2θ = 60° of Cu Kα is shorter than `n_lines`, it is continued to q2 = 1.69 1/Å² by the lines
    observable there with Mo Kα (for which the Lorentz factor stays finite), their intensities on the scale of the
    first part. This is left out where overlap is what hides the lines.

    Parameters
    ----------
    calculate : callable
        ``calculate("near")`` gives the allowed lines (PowderLines) to 60° of Cu Kα, ``calculate("extended")`` those to
        d = 0.77 Å with Mo Kα.
    broadening : sequence of float
        Factors of the breadth of a line.
    n_lines : int
        Longest list.

    Returns
    -------
    observable : tuple of Lines
        One list for each broadening.
    allowed : Lines
        Complete from the first on.

    Raises
    ------
    InputError
        If there is no line, see `allowed_lines`.
    """
    allowed = calculate("near")
    lists = [_as_lines(observable(present(allowed), broadening=factor)) for factor in broadening]
    if min(len(lines) for lines in lists) < n_lines and len(allowed) < ENOUGH_ALLOWED:
        allowed = calculate("extended")
        shown = present(allowed)
        further = [_beyond(_scaled(observable(shown, broadening=factor))) for factor in broadening]
        lists = [_joined(near, far) for near, far in zip(lists, further, strict=True)]
        allowed = _scaled(allowed)
    return tuple(_first(lines, n_lines) for lines in lists), _first(_as_lines(allowed), n_lines)


def _as_lines(lines):
    return Lines(lines.q2, lines.hkl, lines.intensity)


def _scaled(lines):
    """Intensities of Mo Kα turned to those of Cu Kα up to 60°, and on a continuous scale beyond."""
    q2 = np.minimum(lines.q2, CU_Q2_MAX)
    factor = lorentz_polarisation(q2, CU_WAVELENGTH) / lorentz_polarisation(q2, MO_WAVELENGTH)
    return Lines(lines.q2, lines.hkl, lines.intensity * factor)


def _beyond(lines):
    far = lines.q2 > CU_Q2_MAX
    return Lines(lines.q2[far], lines.hkl[far], lines.intensity[far])


def _joined(near, far):
    return Lines(
        np.concatenate([near.q2, far.q2]),
        np.concatenate([near.hkl, far.hkl]),
        np.concatenate([near.intensity, far.intensity]),
    )


def _first(lines, n):
    return Lines(lines.q2[:n], lines.hkl[:n], lines.intensity[:n])
