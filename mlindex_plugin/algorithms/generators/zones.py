"""Zones of the reciprocal lattice, found in the peaks themselves.

A zone is a plane of the reciprocal lattice through the origin: q2 = A h² + B k² + R h k. Two peaks taken as its rows
and a third that ties them propose one; how many other peaks lie on it tells a real zone from chance (de Wolff 1957,
Acta Cryst. 10, 590; Visser 1969, J. Appl. Cryst. 2, 89).
"""

from __future__ import annotations

import numpy as np
from numba import njit

_N_ROWS = 14  # lowest peaks tried as rows
_N_PARAMETERS = 3  # of a zone; as many peaks lie on it by construction
_TIES = np.array([[1, 1], [2, 1], [1, 2]])  # indices of the third peak
# Tolerances tried, each an eighth of the one before: positions may be much better than stated.
_N_SCALES = 4
_FINER = 0.125
_MOST_LINES = 64  # a denser zone matches everything
_LEAST_DEVIANCE = 2.0
_MOST_ZONES = 200_000
_SAME = 0.25  # of the tolerance of the lowest peak


@njit(cache=True, nogil=True)
def _deviance(a, b, r, q2, tolerance, coverage, matched):
    """Poisson deviance of the number of peaks on a zone from what chance would put there, at the best tolerance."""
    n_peaks = len(q2)
    last = q2[-1]
    matched[:] = False
    n_lines = 0
    height = b - r * r / (4 * a)
    for k in range(int(np.sqrt(last / height)) + 1):
        centre = -r * k / (2 * a)
        half = np.sqrt(max(last - height * k * k, 0.0) / a)
        first = 1 if k == 0 else int(np.ceil(centre - half))
        for h in range(first, int(np.floor(centre + half)) + 1):
            n_lines += 1
            if n_lines > _MOST_LINES:
                return 0.0
            q = a * h * h + b * k * k + r * h * k
            i = np.searchsorted(q2, q)
            if i == n_peaks or (i > 0 and q - q2[i - 1] < q2[i] - q):
                i -= 1
            miss = abs(q2[i] - q) / tolerance[i]
            for s in range(_N_SCALES):
                if miss > 1:
                    break
                matched[s, i] = True
                miss /= _FINER
    best = 0.0
    expected = max(n_lines - _N_PARAMETERS, 1) * coverage
    for s in range(_N_SCALES):
        found = matched[s].sum() - _N_PARAMETERS
        if found > expected:
            best = max(best, found * np.log(found / expected) - (found - expected))
        expected *= _FINER
    return best


@njit(cache=True, nogil=True)
def _propose(rows, q2, tolerance, ties):
    """Reduced zones of two rows and a tie that beat chance: deviance, A, B, R."""
    coverage = 2 * tolerance.sum() / q2[-1]
    matched = np.empty((_N_SCALES, len(q2)), np.bool_)
    out = np.empty((_MOST_ZONES, 4))
    n = 0
    for i in range(len(rows)):
        for j in range(i + 1, len(rows)):
            a, b = rows[i], rows[j]
            for m in range(len(q2)):
                for t in range(len(ties)):
                    h, k = ties[t]
                    r = abs(q2[m] - h * h * a - k * k * b) / (h * k)
                    if r > a:
                        continue
                    deviance = _deviance(a, b, r, q2, tolerance, coverage, matched)
                    if deviance > _LEAST_DEVIANCE and n < _MOST_ZONES:
                        out[n] = deviance, a, b, r
                        n += 1
    return out[:n]


def find_zones(q2: np.ndarray, tolerance: np.ndarray, n: int) -> np.ndarray:
    """The likeliest zones of a peak list.

    Every low peak is tried as the first and as the second order of a row.

    Parameters
    ----------
    q2, tolerance : numpy.ndarray, shape (n_peaks,)
        Peaks, ascending, and the largest misfit of each, 1/Å².
    n : int

    Returns
    -------
    numpy.ndarray, shape (at most n, 3)
        A, B and R, reduced (0 <= R <= A <= B), 1/Å², likeliest first.
    """
    low = q2[:_N_ROWS]
    found = _propose(np.sort(np.concatenate([low, low / 4])), q2, tolerance, _TIES)
    chosen: list[np.ndarray] = []
    for zone in found[np.argsort(-found[:, 0], kind="stable"), 1:]:
        if all(np.abs(zone - other).max() > _SAME * tolerance[0] for other in chosen):
            chosen.append(zone)
        if len(chosen) == n:
            break
    return np.array(chosen).reshape(-1, 3)
