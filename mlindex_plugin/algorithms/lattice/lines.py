"""Compiled enumeration of every line of a cell below a limit, dropped straight into the gaps between peaks.

Each lattice system has one enumerator. It walks all Miller indices that give distinct line positions of the
lattice (centring absences removed) with q2 below the limit: the ellipsoid is descended axis by axis, so nothing is
missed however extreme the cell, and nothing is computed beyond the limit.

A peak list with n peaks has n + 1 gaps; gap g lies below peak g (and above peak g - 1). For the assignment of
lines to peaks only the lowest and the highest line of each gap matter.
"""

from __future__ import annotations

from math import ceil, floor, sqrt

import numpy as np
from numba import njit

N_BINS = 512
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
def bin_table(q2, limit):
    """For each of N_BINS equal bins of [0, limit], the number of peaks below its lower edge."""
    table = np.empty(N_BINS + 1, np.int64)
    peak = 0
    for b in range(N_BINS + 1):
        edge = b * limit / N_BINS
        while peak < len(q2) and q2[peak] < edge:
            peak += 1
        table[b] = peak
    return table


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


@njit(cache=True)
def _orthorhombic(x, centring, limit, most, lines, codes):
    n = 0
    h_max = int(sqrt(limit / x[0]))
    if h_max > MAX_INDEX or limit / x[1] > MAX_INDEX**2 or limit / x[2] > MAX_INDEX**2:
        return OVERFLOW
    for h in range(h_max + 1):
        rest_h = limit - h * h * x[0]
        k_max = int(sqrt(max(rest_h, 0.0) / x[1]))
        for k in range(k_max + 1):
            if (centring == C or centring == F) and (h + k) % 2 != 0:
                continue
            l_max = int(sqrt(max(rest_h - k * k * x[1], 0.0) / x[2]))
            first = 0
            step = 1
            if centring == I:
                first = (h + k) % 2
                step = 2
            elif centring == F:
                first = h % 2
                step = 2
            base = h * h * x[0] + k * k * x[1]
            if h == 0 and k == 0 and first == 0:
                first = step
            for l in range(first, l_max + 1, step):  # noqa: E741
                q = base + l * l * x[2]
                if q >= limit:
                    break
                if n >= most:
                    return OVERFLOW
                lines[n] = q
                codes[n] = pack(h, k, l)
                n += 1
    return n


@njit(cache=True, inline="always")
def _row(h, k, first, last, step, base, slope, xll, limit, most, n, lines, codes):
    """Add the lines at base + slope l + xll l² to n lines; their number, or OVERFLOW."""
    if last - first >= most:
        return OVERFLOW
    for l in range(first, last + 1, step):  # noqa: E741
        q = base + l * (l * xll + slope)
        if q >= limit or q <= 0:
            continue
        if n >= most:
            return OVERFLOW
        lines[n] = q
        codes[n] = pack(h, k, l)
        n += 1
    return n


@njit(cache=True)
def _monoclinic(x, centring, limit, most, lines, codes):
    n = 0
    xhh, xkk, xll, xhl = x[0], x[1], x[2], x[3]
    lowest = xhh - xhl * xhl / (4 * xll)  # of h2, over all real l
    if lowest <= 0 or limit / lowest > MAX_INDEX**2 or limit / xkk > MAX_INDEX**2 or limit / xll > MAX_INDEX**2:
        return OVERFLOW
    slope = xhl / (2 * xll)
    step = 1
    if centring == I:
        step = 2
    h_max = int(sqrt(limit / lowest))
    for h in range(h_max + 1):
        rest_h = limit - lowest * h * h
        if rest_h < 0:
            continue
        centre = -slope * h
        k_max = int(sqrt(rest_h / xkk))
        for k in range(k_max + 1):
            base = h * h * xhh + k * k * xkk
            half = sqrt(max(rest_h - k * k * xkk, 0.0) / xll)
            first = ceil(centre - half)
            if h == 0:
                first = 0
            if centring == I:
                first += (first + h + k) % 2
            if h == 0 and k == 0 and first == 0:
                first = step
            n = _row(h, k, first, floor(centre + half), step, base, h * xhl, xll, limit, most, n, lines, codes)
            if n == OVERFLOW:
                return OVERFLOW
    return n


@njit(cache=True)
def _triclinic(x, limit, most, lines, codes):
    n = 0
    xhh, xkk, xll, xhk, xhl, xkl = x[0], x[1], x[2], x[3], x[4], x[5]
    # Schur complements: the form minimised over l, then over k
    a = xhh - xhl * xhl / (4 * xll)
    b = xhk - xhl * xkl / (2 * xll)
    c = xkk - xkl * xkl / (4 * xll)
    if c <= 0:
        return OVERFLOW
    lowest = a - b * b / (4 * c)
    if lowest <= 0 or limit / lowest > MAX_INDEX**2 or limit / c > MAX_INDEX**2 or limit / xll > MAX_INDEX**2:
        return OVERFLOW
    h_max = int(sqrt(limit / lowest))
    for h in range(h_max + 1):
        k_centre = -b * h / (2 * c)
        k_half = sqrt(max(limit - lowest * h * h, 0.0) / c)
        k_first = ceil(k_centre - k_half)
        if h == 0:
            k_first = 0
        for k in range(k_first, floor(k_centre + k_half) + 1):
            rest = limit - (a * h * h + b * h * k + c * k * k)
            if rest < 0:
                continue
            slope = xhl * h + xkl * k
            centre = -slope / (2 * xll)
            half = sqrt(rest / xll)
            first = ceil(centre - half)
            if h == 0 and k == 0:
                first = 1
            base = h * h * xhh + h * k * xhk + k * k * xkk
            n = _row(h, k, first, floor(centre + half), 1, base, slope, xll, limit, most, n, lines, codes)
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
        Give up beyond this many lines.
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


@njit(cache=True)
def fill_gaps(n_lines, lines, codes, q2, table, limit, edges, edge_codes):
    """Keep the lowest and the highest line of each gap between peaks.

    Parameters
    ----------
    n_lines : int
    lines, codes : numpy.ndarray
        From `find_lines`.
    q2 : numpy.ndarray, shape (n,)
        Peaks, ascending.
    table : numpy.ndarray
        From `bin_table`, for the same limit.
    limit : float
        That of `find_lines`.
    edges : numpy.ndarray, shape (2, n + 1)
        Lowest and highest line of each gap; inf and -inf where the gap holds none.
    edge_codes : numpy.ndarray of int, shape (2, n + 1)
        Their packed Miller indices.

    Returns
    -------
    int
        Number of lines not above the last peak.
    """
    scale = N_BINS / limit
    n = len(q2)
    for g in range(n + 1):
        edges[0, g] = np.inf
        edges[1, g] = -np.inf
    beyond = 0
    for i in range(n_lines):
        q = lines[i]
        g = table[int(q * scale)]
        while g < n and q2[g] < q:
            g += 1
        # selects, not branches: which line of a gap comes first is unpredictable
        lower = q < edges[0, g]
        edges[0, g] = q if lower else edges[0, g]
        edge_codes[0, g] = codes[i] if lower else edge_codes[0, g]
        higher = q > edges[1, g]
        edges[1, g] = q if higher else edges[1, g]
        edge_codes[1, g] = codes[i] if higher else edge_codes[1, g]
        beyond += g == n
    return n_lines - beyond
