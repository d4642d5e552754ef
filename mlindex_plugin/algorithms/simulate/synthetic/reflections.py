"""Unique reflections of a cell and a space group, faster than for any symmetry in general."""

from __future__ import annotations

from math import pi

import numpy as np
from numba import njit


def unique_reflections(metric, lengths, rotations, translations, limit):
    """One reflection of each set of equivalents that the space group allows, Friedel mates being equivalent.

    Parameters
    ----------
    metric : numpy.ndarray, shape (3, 3)
        Reciprocal, 1/Å².
    lengths : numpy.ndarray, shape (3,)
        Axes of the direct cell, Å.
    rotations : numpy.ndarray of int, shape (n, 3, 3)
    translations : numpy.ndarray, shape (n, 3)
        Operations of the space group, those of the centring included.
    limit : float
        Of q2, 1/Å².

    Returns
    -------
    hkl : numpy.ndarray of int, shape (m, 3)
        Of equivalents the last in the order of h, k, l.
    q2 : numpy.ndarray, shape (m,)
        1/Å².
    multiplicity : numpy.ndarray of int, shape (m,)
    """
    largest = np.floor(np.sqrt(limit) * lengths * (1 + 1e-9)).astype(np.int64)  # |h| = |a · s| <= a |s|
    return _unique(metric, rotations, translations, limit, largest)


@njit(cache=True)
def _unique(metric, rotations, translations, limit, largest):
    most = 64
    hkl, q2, multiplicity = np.empty((most, 3), np.int64), np.empty(most), np.empty(most, np.int64)
    n = 0
    for h in range(largest[0] + 1):
        for k in range(0 if h == 0 else -largest[1], largest[1] + 1):
            base = h * h * metric[0, 0] + k * k * metric[1, 1] + 2 * h * k * metric[0, 1]
            slope = 2 * (h * metric[0, 2] + k * metric[1, 2])
            for l in range(1 if h == 0 and k == 0 else -largest[2], largest[2] + 1):  # noqa: E741
                position = base + l * (slope + l * metric[2, 2])
                if position > limit:
                    continue
                orbit = _orbit_if_first(h, k, l, rotations, translations)
                if orbit == 0:
                    continue
                if n == most:
                    most *= 2
                    hkl, q2, multiplicity = _longer(hkl, q2, multiplicity, most)
                hkl[n, 0], hkl[n, 1], hkl[n, 2] = h, k, l
                q2[n] = position
                multiplicity[n] = orbit
                n += 1
    return hkl[:n], q2[:n], multiplicity[:n]


@njit(cache=True)
def _longer(hkl, q2, multiplicity, most):
    n = len(q2)
    new = np.empty((most, 3), np.int64), np.empty(most), np.empty(most, np.int64)
    new[0][:n], new[1][:n], new[2][:n] = hkl, q2, multiplicity
    return new


@njit(cache=True)
def _orbit_if_first(h, k, l, rotations, translations):  # noqa: E741
    """Number of equivalents of a reflection; 0 if it is absent or not the one that stands for them."""
    own = (h * 1024 + k) * 1024 + l
    n_same = 0
    n_opposite = 0
    for o in range(len(rotations)):
        r = rotations[o]
        i = h * r[0, 0] + k * r[1, 0] + l * r[2, 0]
        j = h * r[0, 1] + k * r[1, 1] + l * r[2, 1]
        m = h * r[0, 2] + k * r[1, 2] + l * r[2, 2]
        other = (i * 1024 + j) * 1024 + m
        if other > own or -other > own:
            return 0
        if other == own:
            phase = h * translations[o, 0] + k * translations[o, 1] + l * translations[o, 2]
            if abs(np.sin(pi * phase)) > 1e-3:
                return 0
            n_same += 1
        elif other == -own:
            n_opposite += 1
    # Friedel mates double the orbit unless an operation joins them already.
    return len(rotations) // n_same * (1 if n_opposite else 2)
