"""Compiled enumeration of every line of a cell below a limit.

Each lattice system has one enumerator. It walks all Miller indices that give distinct line positions of the
lattice (centring absences removed) with q2 below the limit: the ellipsoid is descended axis by axis, so nothing is
missed however extreme the cell, and nothing is computed beyond the limit.
"""

from __future__ import annotations

from math import ceil, floor, sqrt

import numpy as np
from numba import njit

_BLOCK = 4
MAX_INDEX = 500
OVERFLOW = -1

# centring codes of the compiled functions
P, I, F, C, R = range(5)  # noqa: E741
CENTRING_CODE = {"P": P, "I": I, "F": F, "C": C, "R": R}


@njit(cache=True, inline="always")
def pack(h, k, l):  # noqa: E741
    """Miller indices in one integer."""
    return ((h + 512) << 20) | ((k + 512) << 10) | (l + 512)


@njit(cache=True, inline="always")
def unpack(code):
    """Miller indices from `pack`."""
    return (code >> 20) - 512, ((code >> 10) & 1023) - 512, (code & 1023) - 512


@njit(cache=True)
def _cubic(x, reps, limit, most, lines, codes):
    n = 0
    for r in range(len(reps)):
        q = reps[r, 0] * x[0]
        if q >= limit:
            return n
        if n >= most:
            return OVERFLOW
        lines[n] = q
        codes[n] = pack(reps[r, 1], reps[r, 2], reps[r, 3])
        n += 1
    return OVERFLOW


@njit(cache=True)
def _uniaxial(x, centring, reps, limit, most, lines, codes):
    n = 0
    l_max = int(sqrt(limit / x[1]))
    if l_max > MAX_INDEX or reps[-1, 0] * x[0] < limit:
        return OVERFLOW
    for l in range(l_max + 1):  # noqa: E741
        base = l * l * x[1]
        for r in range(len(reps)):
            square = reps[r, 0]
            q = base + square * x[0]
            if q >= limit:
                break
            if centring == I and (square + l) % 2 != 0:
                continue
            if centring == R and (square % 3 == 0) != (l % 3 == 0):
                continue
            if square == 0 and l == 0:
                continue
            if n >= most:
                return OVERFLOW
            lines[n] = q
            codes[n] = pack(reps[r, 1], reps[r, 2], l)
            n += 1
    return n


@njit(cache=True, inline="always")
def _row(h, k, first, count, step, base, slope, xll, most, n, lines, codes):
    """Add the lines at base + slope l + xll l² of `count` values of l to n lines; their number, or OVERFLOW.

    Always whole blocks, the next row overwriting what was too much: a processor does a block at once, and rows are
    too short and too different for it to guess their length.
    """
    count = max(count, 0)
    if n + count + _BLOCK > most:
        return OVERFLOW
    code = pack(h, k, first)
    for i in range(0, max(count, 1), _BLOCK):
        for j in range(_BLOCK):
            l = first + step * (i + j)  # noqa: E741
            place = np.uint64(n + i + j)  # unsigned: numba need not ask whether it is negative
            lines[place] = base + l * (l * xll + slope)
            codes[place] = code + step * (i + j)
    return n + count


@njit(cache=True)
def _orthorhombic(x, centring, limit, most, lines, codes):
    n = 0
    xhh, xkk, xll = x[0], x[1], x[2]
    if limit / xhh > MAX_INDEX**2 or limit / xkk > MAX_INDEX**2 or limit / xll > MAX_INDEX**2:
        return OVERFLOW
    per_xll = 1 / xll
    step_k = 2 if centring == C or centring == F else 1
    step_l = 2 if centring == I or centring == F else 1
    for h in range(int(sqrt(limit / xhh)) + 1):
        rest_h = limit - h * h * xhh
        for k in range(h & (step_k - 1), int(sqrt(max(rest_h, 0.0) / xkk)) + 1, step_k):
            first = (h + k) & 1 if centring == I else h & (step_l - 1)
            if h == 0 and k == 0:
                first = step_l
            last = int(sqrt(max(rest_h - k * k * xkk, 0.0) * per_xll))
            count = ((last - first) >> (step_l - 1)) + 1
            n = _row(h, k, first, count, step_l, h * h * xhh + k * k * xkk, 0.0, xll, most, n, lines, codes)
            if n == OVERFLOW:
                return OVERFLOW
    return n


@njit(cache=True)
def _monoclinic(x, centring, limit, most, lines, codes):
    n = 0
    xhh, xkk, xll, xhl = x[0], x[1], x[2], x[3]
    lowest = xhh - xhl * xhl / (4 * xll)  # of h2, over all real l
    if lowest <= 0 or limit / lowest > MAX_INDEX**2 or limit / xkk > MAX_INDEX**2 or limit / xll > MAX_INDEX**2:
        return OVERFLOW
    per_xll = 1 / xll
    step = 2 if centring == I else 1
    for h in range(int(sqrt(limit / lowest)) + 1):
        rest_h = max(limit - lowest * h * h, 0.0)
        centre = -0.5 * xhl * per_xll * h
        for k in range(int(sqrt(rest_h / xkk)) + 1):
            half = sqrt(max(rest_h - k * k * xkk, 0.0) * per_xll)
            first = ceil(centre - half) if h > 0 else 0
            first += (first + h + k) & (step - 1)
            if h == 0 and k == 0:
                first = step
            count = ((floor(centre + half) - first) >> (step - 1)) + 1
            n = _row(h, k, first, count, step, h * h * xhh + k * k * xkk, h * xhl, xll, most, n, lines, codes)
            if n == OVERFLOW:
                return OVERFLOW
    return n


@njit(cache=True)
def _triclinic(x, limit, most, lines, codes):
    n = 0
    xhh, xkk, xll, xhk, xhl, xkl = x[0], x[1], x[2], x[3], x[4], x[5]
    per_xll = 1 / xll
    # Schur complements: the form minimised over l, then over k
    a = xhh - xhl * xhl * per_xll / 4
    b = xhk - xhl * xkl * per_xll / 2
    c = xkk - xkl * xkl * per_xll / 4
    if c <= 0:
        return OVERFLOW
    per_c = 1 / c
    lowest = a - b * b * per_c / 4
    if lowest <= 0 or limit / lowest > MAX_INDEX**2 or limit * per_c > MAX_INDEX**2 or limit * per_xll > MAX_INDEX**2:
        return OVERFLOW
    for h in range(int(sqrt(limit / lowest)) + 1):
        k_centre = -b * h * per_c / 2
        k_half = sqrt(max(limit - lowest * h * h, 0.0) * per_c)
        k_first = ceil(k_centre - k_half) if h > 0 else 0
        for k in range(k_first, floor(k_centre + k_half) + 1):
            slope = xhl * h + xkl * k
            centre = -0.5 * slope * per_xll
            half = sqrt(max(limit - (a * h * h + b * h * k + c * k * k), 0.0) * per_xll)
            first = ceil(centre - half) if h > 0 or k > 0 else 1
            base = h * h * xhh + h * k * xhk + k * k * xkk
            n = _row(h, k, first, floor(centre + half) - first + 1, 1, base, slope, xll, most, n, lines, codes)
            if n == OVERFLOW:
                return OVERFLOW
    return n


CUBIC, UNIAXIAL, ORTHORHOMBIC, MONOCLINIC, TRICLINIC = range(5)


@njit(cache=True)
def find_lines(family, centring, reps, x, limit, most, lines, codes):
    """Every line of a cell below `limit`, in no order.

    Parameters
    ----------
    family : int
        CUBIC ... TRICLINIC.
    centring : int
        Code of the centring, see CENTRING_CODE.
    reps : numpy.ndarray of int, shape (m, 4)
        For cubic and uniaxial lattices: the distinct sums of squares with one h, k, l each; else empty.
    x : numpy.ndarray, shape (n_free,)
        Free xnn, 1/Å².
    limit : float
        Lines at or above it are left out, 1/Å².
    most : int
        Give up where lines might not hold this many; the last _BLOCK places are scratch.
    lines : numpy.ndarray, shape (at least most,)
        Filled with q2, 1/Å².
    codes : numpy.ndarray of int, shape (at least most,)
        Filled with packed Miller indices.

    Returns
    -------
    int
        Number of lines; OVERFLOW where the cell is not physical or has too many.
    """
    if x[0] <= 0 or x[min(1, len(x) - 1)] <= 0 or x[min(2, len(x) - 1)] <= 0:
        return OVERFLOW
    if family == TRICLINIC:
        return _triclinic(x, limit, most, lines, codes)
    if family == MONOCLINIC:
        return _monoclinic(x, centring, limit, most, lines, codes)
    if family == ORTHORHOMBIC:
        return _orthorhombic(x, centring, limit, most, lines, codes)
    if family == UNIAXIAL:
        return _uniaxial(x, centring, reps, limit, most, lines, codes)
    return _cubic(x, reps, limit, most, lines, codes)
