"""Compiled sums and searches of the calculated pattern."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
from numba import njit

REACH = 6.0  # standard deviations to which a line is summed


@njit(cache=True, fastmath=True)
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
        _add_gaussian(grid[first:last], density[first:last], q2[i], 0.5 / breadth[i] ** 2, height)
    return density


@njit(cache=True, fastmath=True)
def _add_gaussian(grid, density, centre, steepness, height):
    """exp(-t) as the 64th power of a polynomial, good to 1e-10 for t <= 18: unlike the call, the loop is vectorised."""
    for k in range(len(grid)):
        y = -(1 / 64) * steepness * (grid[k] - centre) ** 2
        p = 1 + y * (1 / 6) * (1 + y * (1 / 7) * (1 + y * (1 / 8) * (1 + y * (1 / 9))))
        p = 1 + y * (1 + y * (1 / 2) * (1 + y * (1 / 3) * (1 + y * (1 / 4) * (1 + y * (1 / 5) * p))))
        p *= p
        p *= p
        p *= p
        p *= p
        p *= p
        density[k] += height * p * p


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
