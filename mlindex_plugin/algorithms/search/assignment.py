"""Assignment of lines to peaks, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

NO_LINE = -1


@njit(cache=True)
def line_buffers(n_peaks, most):
    """Arrays for `find_lines` (lines, codes), `fill_gaps` (edges, their codes) and `assign` (line, its code)."""
    lines, codes = np.empty(most), np.empty(most, np.int64)
    edges, edge_codes = np.empty((2, n_peaks + 1)), np.empty((2, n_peaks + 1), np.int64)
    return lines, codes, edges, edge_codes, np.empty(n_peaks), np.empty(n_peaks, np.int64)


@njit(cache=True)
def assign(q2, edges, edge_codes, line, line_hkl):
    """Give each peak its nearest line, no line to two peaks.

    Only the lines next to a peak can be its nearest without being nearer to another peak. Where one line is the
    nearest of two peaks, the nearer peak keeps it and the other turns to its other side.
    """
    n = len(q2)
    for i in range(n):
        below = q2[i] - edges[1, i]
        above = edges[0, i + 1] - q2[i]
        taken = i > 0 and line_hkl[i - 1] != NO_LINE and line[i - 1] == edges[1, i] and edges[0, i] == edges[1, i]
        if taken and below <= above:
            if below < edges[1, i] - q2[i - 1]:
                # this peak is the nearer one: the previous turns back to its lower side, if that is free
                free = i < 2 or line_hkl[i - 2] == NO_LINE or line[i - 2] != edges[1, i - 1]
                if edges[1, i - 1] > 0 and free:
                    line[i - 1] = edges[1, i - 1]
                    line_hkl[i - 1] = edge_codes[1, i - 1]
                else:
                    line[i - 1] = np.inf
                    line_hkl[i - 1] = NO_LINE
            else:
                below = np.inf
        if below == np.inf and above == np.inf:
            line[i] = np.inf
            line_hkl[i] = NO_LINE
        elif below <= above:
            line[i] = edges[1, i]
            line_hkl[i] = edge_codes[1, i]
        else:
            line[i] = edges[0, i + 1]
            line_hkl[i] = edge_codes[0, i + 1]
