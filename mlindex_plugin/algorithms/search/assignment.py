"""Assignment of lines to peaks, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import LINE_NUMBER

NO_LINE = -1


@njit(cache=True)
def line_buffers(n_peaks, most):
    """Arrays for `find_lines` (lines, codes), `fill_gaps` (edges) and `assign` (line, its code, its edge)."""
    lines, codes = np.empty(most), np.empty(most, np.int64)
    edges = np.empty((n_peaks + 1, 2))
    return lines, codes, edges, np.empty(n_peaks), np.empty(n_peaks, np.int64), np.empty(n_peaks, np.int64)


@njit(cache=True)
def assign(q2, edges, codes, line, line_hkl, chosen):
    """Give each peak its nearest line, no line to two peaks.

    Only the lines next to a peak can be its nearest without being nearer to another peak: edges 2i + 1 and 2i + 2 of
    peak i, counted through all gaps. `line` is infinite and `line_hkl` is NO_LINE where there is none.
    """
    edge = edges.ravel()
    number = edge.view(np.int64)
    n = len(q2)
    edge[2 * n + 1] = np.inf  # the edge next to no peak stands for no line
    for i in range(n):
        chosen[i] = 2 * i + 1 + (edge[2 * i + 2] - q2[i] < q2[i] - edge[2 * i + 1])
    for i in range(1, n):
        # the only line of a gap, the nearest of the peaks on both its sides
        if (chosen[i - 1] == 2 * i) & (chosen[i] == 2 * i + 1) & (edge[2 * i] == edge[2 * i + 1]):
            _settle(q2, edge, chosen, i)
    for i in range(n):
        nearest = edge[np.uint64(chosen[i])]
        known = abs(nearest) < np.inf
        line[i] = nearest if known else np.inf
        code = codes[np.uint64(number[np.uint64(chosen[i])] & LINE_NUMBER)]
        line_hkl[i] = code if known else NO_LINE


@njit(cache=True)
def _settle(q2, edge, chosen, i):
    """Peaks i - 1 and i want the line between them: the nearer one keeps it, the other turns to its other side."""
    if q2[i] - edge[2 * i] >= edge[2 * i] - q2[i - 1]:
        chosen[i] = 2 * i + 2
    elif i > 1 and chosen[i - 2] == 2 * i - 2 and edge[2 * i - 2] == edge[2 * i - 1]:
        chosen[i - 1] = len(edge) - 1  # taken: no line is left
    else:
        chosen[i - 1] = 2 * i - 1
