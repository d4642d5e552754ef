"""Peak lists with a few peaks left out: a contaminant must not spoil every candidate, nor a missing line be missed."""

from __future__ import annotations

import numpy as np

_WHOLE = 0.5  # share of the lists that keep all peaks
_MOST_LEFT_OUT = 2
_RATE = 0.1  # at which peaks are thinned out
_FEWEST = 10  # peaks of a list that is thinned out


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


def thinned_lists(q2: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw peak lists that lack a tenth of the peaks on average, wherever they lie.

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n_peaks,)
        Peaks, ascending, 1/Å².
    n : int
        Lists to draw.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (n, n_peaks)
        Ascending, nan beyond the last peak of each, 1/Å²; whole where fewer than ten peaks would be left.
    """
    left_out = rng.random((n, len(q2))) < _RATE
    left_out[(~left_out).sum(axis=1) < _FEWEST] = False
    return np.sort(np.where(left_out, np.nan, q2), axis=1)
