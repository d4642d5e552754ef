"""Lines dropped into the gaps between peaks, compiled.

A peak list with n peaks has n + 1 gaps; gap g lies below peak g (and above peak g - 1). For the assignment of
lines to peaks only the lowest and the highest line of each gap matter.

Lines carry their own number in the last 16 bits of the 52 of their fraction (relative change 1.5e-11): whoever
compares two lines has compared their numbers, too, and nothing has to be kept beside them.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_N_BINS = 1024
LINE_NUMBER = 0xFFFF  # mask of the bits of a line, seen as an integer, that are its number


@njit(cache=True)
def bin_table(q2, limit):
    """What `fill_gaps` needs to know of peaks: (bins per 1/Å², peaks below each bin, peaks and infinity)."""
    table = np.empty(_N_BINS + 2, np.int32)
    peak = 0
    for b in range(_N_BINS + 2):
        edge = b * limit / _N_BINS
        while peak < len(q2) and q2[peak] < edge:
            peak += 1
        table[b] = peak
    return _N_BINS / limit, table, np.append(q2, np.inf)


@njit(cache=True)
def fill_gaps(n_lines, lines, bins, edges):
    """Number the lines and keep the lowest and the highest of each gap between peaks.

    Parameters
    ----------
    n_lines : int
    lines : numpy.ndarray
        From `find_lines`, for the limit of `bins`; numbered in place, as `lines.view(np.int64) & LINE_NUMBER` tells.
    bins : tuple
        From `bin_table`.
    edges : numpy.ndarray, shape (n + 1, 2)
        Lowest and highest line of each gap; inf and -inf where the gap holds none.

    Returns
    -------
    int
        Number of lines not above the last peak.
    """
    per_q2, table, q2 = bins
    bits = lines.view(np.int64)
    for i in range(n_lines):
        bits[i] = (bits[i] & ~LINE_NUMBER) | i
    n = len(q2) - 1
    for g in range(n + 1):
        edges[g, 0] = np.inf
        edges[g, 1] = -np.inf
    last = q2[n - 1]
    below = 0
    for i in range(n_lines):
        q = lines[i]
        # unsigned: numba takes signed indices for possibly negative ones and checks each
        g = np.uint64(table[np.uint64(int(q * per_q2))])
        g += np.uint64(q2[g] < q)  # nearly always enough, and not a branch
        while q2[g] < q:
            g += np.uint64(1)
        # selects, not branches: which line of a gap comes first is unpredictable
        lowest, highest = edges[g, 0], edges[g, 1]
        edges[g, 0] = q if q < lowest else lowest
        edges[g, 1] = q if q > highest else highest
        below += q <= last
    return below
