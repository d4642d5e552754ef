"""The optimisation kernel: assign Miller indices, subsample the peaks, solve for xnn, score."""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice.lines import (
    MONOCLINIC,
    ORTHORHOMBIC,
    TRICLINIC,
    UNIAXIAL,
    bin_table,
    fill_gaps,
    find_lines,
    unpack,
)

NO_LINE = -1
NO_SHIFT = np.empty(0)


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


@njit(cache=True, inline="always")
def design_row(family, hexagonal, code, row):
    """One row of hkl_design from packed Miller indices."""
    h, k, l = unpack(code)  # noqa: E741
    if family == TRICLINIC:
        row[0] = h * h
        row[1] = k * k
        row[2] = l * l
        row[3] = h * k
        row[4] = h * l
        row[5] = k * l
    elif family == MONOCLINIC:
        row[0] = h * h
        row[1] = k * k
        row[2] = l * l
        row[3] = h * l
    elif family == ORTHORHOMBIC:
        row[0] = h * h
        row[1] = k * k
        row[2] = l * l
    elif family == UNIAXIAL:
        row[0] = h * h + k * k
        if hexagonal:
            row[0] += h * k
        row[1] = l * l
    else:
        row[0] = h * h + k * k + l * l


@njit(cache=True)
def normal_equations(family, hexagonal, kept, n_kept, q2, line, line_hkl, weight, shift_column, n_free, normal, row):
    """Weighted normal equations of the kept peaks; the last of the 8 columns is the right-hand side.

    Rows are padded to 8 so that one row is one vector operation. The zero shift, where `shift_column` is not
    empty, is the parameter after the free ones.
    """
    for a in range(7):
        for b in range(8):
            normal[a, b] = 0.0
    for m in range(n_kept):
        i = kept[m]
        design_row(family, hexagonal, line_hkl[i], row)
        if len(shift_column) > 0:
            row[n_free] = shift_column[i]
        row[7] = q2[i] - line[i]
        for a in range(7):
            scaled = weight[i] * row[a]
            for b in range(8):
                normal[a, b] += scaled * row[b]


@njit(cache=True)
def solve(normal, rhs, n, ridge):
    """Solve the normal equations in place by Cholesky; False where they are singular.

    The ridge, relative to the diagonal, holds parameters that the peaks say nothing about at their value.
    """
    for i in range(n):
        normal[i, i] += ridge * normal[i, i] + 1e-300
    for j in range(n):
        pivot = normal[j, j]
        for m in range(j):
            pivot -= normal[j, m] * normal[j, m]
        if pivot <= 1e-12 * normal[j, j] or pivot <= 0:
            return False
        pivot = np.sqrt(pivot)
        normal[j, j] = pivot
        inverse = 1 / pivot
        for i in range(j + 1, n):
            s = normal[i, j]
            for m in range(j):
                s -= normal[i, m] * normal[j, m]
            normal[i, j] = s * inverse
    for i in range(n):
        s = rhs[i]
        for m in range(i):
            s -= normal[i, m] * rhs[m]
        rhs[i] = s / normal[i, i]
    for i in range(n - 1, -1, -1):
        s = rhs[i]
        for m in range(i + 1, n):
            s -= normal[m, i] * rhs[m]
        rhs[i] = s / normal[i, i]
    return True


@njit(cache=True, inline="always")
def next_random(state):
    """SplitMix64 (Steele, Lea & Flood 2014): one 64-bit word."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def optimise(family, hexagonal, centring, reps, start, q2, weight, cap, limit, most, n_iterations, seed, stall):
    """Optimise candidates by random subsampling.

    Returns
    -------
    best : shape like start
    merit : capped de Wolff figure of merit of best
    done: iterations really done
    """
    n_peaks = len(q2)
    n_free = start.shape[1]
    table = bin_table(q2, limit)
    lines = np.empty(most)
    codes = np.empty(most, np.int64)
    edges = np.empty((2, n_peaks + 1))
    edge_codes = np.empty((2, n_peaks + 1), np.int64)
    line = np.empty(n_peaks)
    line_hkl = np.empty(n_peaks, np.int64)
    normal = np.empty((7, 8))
    rhs = np.empty(7)
    row = np.zeros(8)
    kept = np.empty(n_peaks + 1, np.int64)
    state = np.empty(1, np.uint64)
    best = start.copy()
    merit = np.zeros(len(start))
    x = np.empty(n_free)
    done = 0
    for c in range(len(start)):
        state[0] = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(c) * np.uint64(0xD1B54A32D192ED03)
        x[:] = start[c]
        since = 0
        for _ in range(n_iterations):
            done += 1
            found = find_lines(family, centring, reps, x, limit, most, lines, codes)
            ok = found > 0
            if ok:
                n_lines = fill_gaps(found, lines, codes, q2, table, limit, edges, edge_codes)
                assign(q2, edges, edge_codes, line, line_hkl)
                misfit = 0.0
                for i in range(n_peaks):
                    misfit += min(cap[i], abs(line[i] - q2[i]))
                figure = q2[-1] * n_peaks / (2 * (misfit + 1e-12) * n_lines)
                since += 1
                if figure > merit[c]:
                    if figure > merit[c] * 1.001:
                        since = 0
                    merit[c] = figure
                    best[c] = x
                if since > stall:
                    break
                n_kept = 0
                word = next_random(state)
                for i in range(n_peaks):
                    if i & 63 == 63:
                        word = next_random(state)
                    kept[n_kept] = i
                    n_kept += np.int64(word & np.uint64(1)) & np.int64(line_hkl[i] != NO_LINE)
                    word >>= np.uint64(1)
                normal_equations(
                    family, hexagonal, kept, n_kept, q2, line, line_hkl, weight, NO_SHIFT, n_free, normal, row
                )
                for i in range(n_free):
                    rhs[i] = normal[i, 7]
                ok = solve(normal, rhs, n_free, 1e-4)
                if ok:
                    for i in range(n_free):
                        x[i] += rhs[i]
            if not ok:
                # leave the unphysical place: back to the best one, shaken
                for i in range(n_free):
                    u = (next_random(state) >> np.uint64(11)) / 9007199254740992.0
                    x[i] = best[c, i] * (1 + 0.06 * (u - 0.5))
                since += 1
                if since > stall:
                    break
    return best, merit, done


@njit(cache=True, nogil=True)
def merits(family, hexagonal, centring, reps, candidates, q2, cap, limit, most):
    """Capped de Wolff figure of merit of candidates as they are, shape (n,)."""
    n_peaks = len(q2)
    table = bin_table(q2, limit)
    lines = np.empty(most)
    codes = np.empty(most, np.int64)
    edges = np.empty((2, n_peaks + 1))
    edge_codes = np.empty((2, n_peaks + 1), np.int64)
    line = np.empty(n_peaks)
    line_hkl = np.empty(n_peaks, np.int64)
    merit = np.zeros(len(candidates))
    for c in range(len(candidates)):
        found = find_lines(family, centring, reps, candidates[c], limit, most, lines, codes)
        if found <= 0:
            continue
        n_lines = fill_gaps(found, lines, codes, q2, table, limit, edges, edge_codes)
        assign(q2, edges, edge_codes, line, line_hkl)
        misfit = 0.0
        for i in range(n_peaks):
            misfit += min(cap[i], abs(line[i] - q2[i]))
        merit[c] = q2[-1] * n_peaks / (2 * (misfit + 1e-12) * max(n_lines, 1))
    return merit
