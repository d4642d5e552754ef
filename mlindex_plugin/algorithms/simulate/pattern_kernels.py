"""Compiled sums and searches of the calculated pattern."""

from __future__ import annotations

from math import exp, pi, sqrt

import numpy as np
from numba import njit

REACH = 6.0  # standard deviations to which a line is summed


@njit(cache=True)
def sum_of_gaussians(grid, q2, breadth, intensity):
    """Gaussians of given areas on an ascending grid.

    Parameters
    ----------
    grid : numpy.ndarray, shape (m,)
        1/Å².
    q2, breadth, intensity : numpy.ndarray, shape (n,)
        Centres and standard deviations, 1/Å², and areas.

    Returns
    -------
    numpy.ndarray, shape (m,)
    """
    density = np.zeros(len(grid))
    for i in range(len(q2)):
        height = intensity[i] / (sqrt(2 * pi) * breadth[i])
        first = np.searchsorted(grid, q2[i] - REACH * breadth[i])
        last = np.searchsorted(grid, q2[i] + REACH * breadth[i])
        for k in range(first, last):
            t = (grid[k] - q2[i]) / breadth[i]
            density[k] += height * exp(-0.5 * t * t)
    return density


@njit(cache=True)
def lines_of_peaks(peaks, breadth, q2, intensity):
    """Which lines the peaks of a pattern are: the strongest free one within the breadth, else the nearest free one.

    Parameters
    ----------
    peaks, breadth : numpy.ndarray, shape (n,)
        Positions of the peaks, 1/Å², the first to choose first, and the reach of each.
    q2, intensity : numpy.ndarray, shape (m,)
        Lines.

    Returns
    -------
    numpy.ndarray of bool, shape (m,)
    """
    chosen = np.zeros(len(q2), np.bool_)
    for i in range(len(peaks)):
        strongest, nearest = -1, -1
        for k in range(len(q2)):
            if chosen[k]:
                continue
            offset = abs(q2[k] - peaks[i])
            if offset <= breadth[i] and (strongest < 0 or intensity[k] > intensity[strongest]):
                strongest = k
            if nearest < 0 or offset < abs(q2[nearest] - peaks[i]):
                nearest = k
        if strongest >= 0:
            chosen[strongest] = True
        elif nearest >= 0:
            chosen[nearest] = True
    return chosen
