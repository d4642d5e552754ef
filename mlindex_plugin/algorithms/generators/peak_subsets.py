"""Peak lists with a few peaks left out: a contaminant must not spoil every candidate, nor a missing line be missed."""

from __future__ import annotations

import numpy as np

_WHOLE = 0.5  # share of the lists that keep all peaks
_MOST_LEFT_OUT = 2


def peak_subsets(q2: np.ndarray, n: int, n_inputs: int, rng: np.random.Generator) -> np.ndarray:
    """Draw peak lists that lack none, one or two of the lowest peaks.

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n_peaks,)
        Peaks, ascending, 1/Å².
    n : int
        Lists to draw.
    n_inputs : int
        Peaks that are looked at; those that follow move up.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (n, at most n_inputs + 2)
        Ascending, nan beyond the last peak of each, 1/Å².
    """
    low = q2[: n_inputs + _MOST_LEFT_OUT]
    lists = np.tile(low, (n, 1))
    left_out = np.where(rng.random(n) < _WHOLE, 0, rng.integers(1, _MOST_LEFT_OUT + 1, size=n))
    for count in range(1, _MOST_LEFT_OUT + 1):
        rows = np.flatnonzero(left_out >= count)
        lists[rows, rng.integers(min(n_inputs, len(low)), size=len(rows))] = np.nan
    return np.sort(lists, axis=1)
