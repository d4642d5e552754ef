"""How well a candidate, as it was generated, explains the peaks: a cheap filter before the optimiser."""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import LatticeTable, find_lines

_BREADTH = 0.1  # relative error of the lines of a candidate that the optimiser can still mend
_BACKGROUND = 1.0  # peaks that no line explains
_LINES_PER_PEAK = 12
_LARGE = 1e200
NO_CELL = -1e9


# without the check for division by zero the loop over the peaks takes four at a time
@njit(cache=True, nogil=True, error_model="numpy")
def _log_likelihoods(family, centring, reps, candidates, q2, most):
    n_peaks = len(q2)
    limit = q2[-1] * (1 + _BREADTH / 5)
    lines = np.empty(most)
    codes = np.empty(most, np.int64)
    density = np.empty(n_peaks)
    out = np.full(len(candidates), NO_CELL)
    for c in range(len(candidates)):
        n = find_lines(family, centring, reps, candidates[c], limit, most, lines, codes)
        if n <= 0:
            continue
        density[:] = 0.0
        for j in range(n):
            width = _BREADTH * lines[j]
            for k in range(n_peaks):
                distance = q2[k] - lines[j]
                density[k] += width / (width * width + distance * distance)
        observed = min(1.0, n_peaks / n)
        out[c] = -observed * n
        product = 1.0  # one logarithm for many peaks
        for k in range(n_peaks):
            product *= _BACKGROUND / q2[-1] + observed * density[k] / np.pi
            if product > _LARGE:
                out[c] += np.log(product)
                product = 1.0
        out[c] += np.log(product)
    return out


def log_likelihoods(table: LatticeTable, candidates: np.ndarray, q2: np.ndarray) -> np.ndarray:
    """Logarithm of the likelihood of the peaks, seen as a Poisson process, for candidates that are roughly right.

    The rate of peaks is a Cauchy distribution of relative width 0.1 around each line of the candidate, times the
    share of its lines that must have been observed, plus one unexplained peak; log L = sum of log rates at the
    peaks - integral of the rate (Daley & Vere-Jones 2003, eq. 7.2.4). It tells the density and the first lines of a
    pattern, and leaves the exact positions to the optimiser.

    Parameters
    ----------
    table : LatticeTable
    candidates : numpy.ndarray, shape (n, n_free)
        Free xnn, 1/Å².
    q2 : numpy.ndarray, shape (n_peaks,)
        Peaks, ascending, 1/Å².

    Returns
    -------
    numpy.ndarray, shape (n,)
        `NO_CELL` for what is no cell, or has more than twelve lines to each peak.
    """
    family, _, centring, reps = table.codes
    candidates = np.ascontiguousarray(candidates, dtype=float)
    return _log_likelihoods(family, centring, reps, candidates, q2, _LINES_PER_PEAK * len(q2))
