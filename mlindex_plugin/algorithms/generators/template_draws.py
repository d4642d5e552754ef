"""How often templates are drawn, and which of their rows are left out when they are drawn again."""

from __future__ import annotations

import numpy as np

_FLOOR = 0.1  # share of the candidates that is drawn regardless of the weights
_SHIFTED = 0.5  # share of the subsets with a row and a peak left out apart


def draw_counts(weight: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """How often each is drawn: systematic sampling, which draws none less than its share rounded down.

    Parameters
    ----------
    weight : numpy.ndarray, shape (m,)
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of int, shape (m,)
        Their sum is n.
    """
    share = (1 - _FLOOR) * weight / weight.sum() + _FLOOR / len(weight)
    reached = np.floor(np.cumsum(share) / share.sum() * n + rng.random()).astype(int)
    return np.diff(reached, prepend=0)


def drawn_subsets(n: int, n_peaks: int, omitted: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rows of templates and the peaks that they are solved for.

    Of both some are left out: the same ones (errors), or, for every second subset, one of the rows and one of the
    peaks apart (a line that is missing and one of another phase).

    Parameters
    ----------
    n, n_peaks : int
    omitted : int
        Rows, and peaks, of each that are left out; at least one.
    rng : numpy.random.Generator

    Returns
    -------
    rows, peaks : numpy.ndarray of int, shape (n, n_peaks - omitted)
        Ascending.
    """
    order = np.argsort(rng.random((n, n_peaks)), axis=1)
    rows, peaks = order[:, omitted:].copy(), order[:, omitted:].copy()
    shifted = rng.random(n) < _SHIFTED
    peaks[shifted, 0] = order[shifted, 0]
    return np.sort(rows, axis=1), np.sort(peaks, axis=1)
