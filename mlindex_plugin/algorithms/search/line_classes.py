"""Distinct lines of a cell, counted by what makes them visible: how far out they are, and of how many reflections."""

from __future__ import annotations

from math import log2

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import multiplicity
from mlindex_plugin.algorithms.search.assignment import NO_LINE

N_RANGES = 6  # of q2, equally wide, up to the last peak
N_MULTIPLICITIES = 11  # ranges of a factor of the square root of 2, from 2 on
N_CLASSES = N_RANGES * N_MULTIPLICITIES
NO_CLASS = -1


@njit(cache=True)
def classify_lines(family, hexagonal, centring, lines, codes, n, q2, resolution, line, code, counts, peak_class):
    """Count distinct lines by class: one is further than the local resolution above the first of the one before.

    Parameters
    ----------
    family, hexagonal, centring
        As in `LatticeTable.codes`.
    lines, codes : numpy.ndarray
        The first n are the lines of the cell, 1/Å², and their packed Miller indices, in any order.
    n : int
    q2, resolution : numpy.ndarray, shape (n_peaks,)
        Positions of the peaks and smallest distance of distinct lines there, 1/Å².
    line, code : numpy.ndarray, shape (n_peaks,)
        The line of each peak, nearly, and its packed indices, NO_LINE where it has none.
    counts : numpy.ndarray of int, shape (N_CLASSES,)
        Output: distinct lines up to the last peak. Class r * N_MULTIPLICITIES + m has the r-th range of q2 and a
        multiplicity, all lines that are not distinct together, from 2 * 2 ** (m / 2) on.
    peak_class : numpy.ndarray of int, shape (n_peaks,)
        Output: class of the line of each peak, NO_CLASS where it has none.
    """
    order = np.argsort(lines[:n])
    ordered = lines[order]
    class_of = np.empty(n, np.int64)
    counts[:] = 0
    peak = start = 0
    while start < n:
        while peak < len(q2) - 1 and q2[peak] < ordered[start]:
            peak += 1
        end, last, total = start, ordered[start], 0
        while end < n and (end == start or ordered[end] - last <= resolution[peak]):
            total += multiplicity(family, hexagonal, centring, codes[order[end]])
            end += 1
        r = min(int(N_RANGES * last / q2[-1]), N_RANGES - 1)
        m = min(int(2 * log2(total / 2) + 1e-9), N_MULTIPLICITIES - 1)
        for i in range(start, end):
            class_of[i] = r * N_MULTIPLICITIES + m
        if last <= q2[-1]:
            counts[r * N_MULTIPLICITIES + m] += 1
        start = end
    for i in range(len(q2)):
        peak_class[i] = NO_CLASS
        if code[i] != NO_LINE:
            place = min(np.searchsorted(ordered, line[i]), n - 1)
            if place > 0 and line[i] - ordered[place - 1] < ordered[place] - line[i]:
                place -= 1
            peak_class[i] = class_of[place]
