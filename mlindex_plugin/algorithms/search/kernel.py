"""The optimisation kernel: assign Miller indices, subsample the peaks, solve for xnn, score.

The figure of merit inside the search is the likelihood of the peaks, a Poisson process around the lines of the
candidate and, thinly, anywhere: a line of another phase costs a constant, and a small cell whose few lines leave most
peaks unexplained gains nothing by having few.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import LatticeTable, bin_table, fill_gaps, find_lines, solve_normal_equations
from mlindex_plugin.algorithms.search.assignment import assign, line_buffers
from mlindex_plugin.algorithms.search.least_squares import NO_SHIFT, normal_equations
from mlindex_plugin.algorithms.search.observed import Observed

STUDENT_3 = 2 / (np.pi * np.sqrt(3))  # Student's t density at zero, 3 degrees of freedom
OTHER_LINES = 0.02  # density of lines of other origin, relative to that of the peaks
RIDGE = 1e-4  # relative; small enough to vanish where the peaks say anything
SHAKE = 0.03  # relative change of a candidate that became unphysical


@njit(cache=True, inline="always")
def next_random(state):
    """SplitMix64 (Steele, Lea & Flood 2014): one 64-bit word."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, inline="always")
def _merit(q2, precision, line, n_lines, foreign):
    """Likelihood of the peaks over that of peaks anywhere, geometric mean over the peaks.

    With n peaks up to q2_n and N lines, each peak has the density p t(Δ/σ)/σ + c n/q2_n, where p = min(1, n/N), t is
    Student's with 3 degrees of freedom and c the share of other lines; the whole process expects p N peaks. Where a
    share of the peaks is foreign, c is that share, and p N what it leaves of n. `precision` is 1/σ.
    """
    n = len(q2)
    expected = min((1 - foreign) * n, n_lines)
    other = max(foreign, OTHER_LINES)
    scale = STUDENT_3 * expected / max(n_lines, 1) * q2[-1] / n
    log_likelihood = (1 - foreign) * n - expected
    product = 1.0
    for i in range(n):
        t = (line[i] - q2[i]) * precision[i]
        square = 1 + t * t * (1 / 3)
        product *= scale * precision[i] / (square * square) + other
        if i & 15 == 15:  # a logarithm now and then is cheaper than one a peak, and nothing overflows
            log_likelihood += np.log(product)
            product = 1.0
    return np.exp((log_likelihood + np.log(product)) / n)


@njit(cache=True)
def draws_few(n_free, n_peaks):
    """Whether 5 of 16 peaks enter the least squares, not half: where these still are more than the free parameters.

    Up to four parameters (docs/optimiser_variants.md).
    """
    return n_free <= 4 and 5 * n_peaks >= 16 * (n_free + 1)


@njit(cache=True, inline="always")
def _drawn(state, few):
    """A word of random bits, one with the probability 5/16 where `few`, else 1/2."""
    word = next_random(state)
    if few:
        word &= next_random(state)
        word |= next_random(state)
        word &= next_random(state)
    return word


@njit(cache=True, nogil=True)
def _optimise(
    family, hexagonal, centring, reps, start, q2, weight, sigma, foreign, limit, most, n_iterations, seed, stall
):
    n_peaks = len(q2)
    n_free = start.shape[1]
    bins = bin_table(q2, limit)
    precision = 1 / sigma
    lines, codes, edges, line, line_hkl, chosen = line_buffers(n_peaks, most)
    normal = np.empty((7, 8))
    rhs = np.empty(7)
    row = np.zeros(8)
    kept = np.empty(n_peaks + 1, np.int64)
    state = np.empty(1, np.uint64)
    few = draws_few(n_free, n_peaks)
    best = start.copy()
    merit = np.zeros(len(start))
    x = np.empty(n_free)
    done = 0
    for c in range(len(start)):
        state[0] = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(c) * np.uint64(0xD1B54A32D192ED03)
        for i in range(n_free):  # a slice assigned takes seconds to compile
            x[i] = start[c, i]
        since = 0
        for _ in range(n_iterations):
            done += 1
            found = find_lines(family, centring, reps, x, limit, most, lines, codes)
            ok = found > 0
            if ok:
                n_lines = fill_gaps(found, lines, bins, edges)
                assign(q2, edges, codes, line, line_hkl, chosen)
                figure = _merit(q2, precision, line, n_lines, foreign)
                since += 1
                if figure > merit[c]:
                    if figure > merit[c] * 1.001:
                        since = 0
                    merit[c] = figure
                    for i in range(n_free):
                        best[c, i] = x[i]
                if since > stall:
                    break
                n_kept = 0
                reach = np.inf
                if foreign > 0:
                    # leaves out what lies further from every line than a distance between 4 errors and half a spacing
                    u = (next_random(state) >> np.uint64(11)) * 2.0**-53
                    reach = 4 * max(1.0, q2[-1] / max(n_lines, 1) / (8 * sigma[-1])) ** u
                word = _drawn(state, few)
                for i in range(n_peaks):
                    if i & 63 == 63:
                        word = _drawn(state, few)
                    kept[np.uint64(n_kept)] = i
                    near = abs(line[i] - q2[i]) < reach * sigma[i]  # never where there is no line
                    n_kept += np.int64(word & np.uint64(1)) & np.int64(near)
                    word >>= np.uint64(1)
                normal_equations(
                    family, hexagonal, kept, n_kept, q2, line, line_hkl, weight, NO_SHIFT, n_free, normal, row
                )
                for i in range(n_free):
                    rhs[i] = normal[i, 7]
                ok = solve_normal_equations(normal, rhs, n_free, RIDGE)
                if ok:
                    for i in range(n_free):
                        x[i] += rhs[i]
            if not ok:
                # leave the unphysical place: back to the best one, shaken
                for i in range(n_free):
                    u = (next_random(state) >> np.uint64(11)) * 2.0**-53
                    x[i] = best[c, i] * (1 + SHAKE * (2 * u - 1))
                since += 1
                if since > stall:
                    break
    return best, merit, done


@njit(cache=True, nogil=True)
def _merits(family, hexagonal, centring, reps, candidates, q2, sigma, foreign, limit, most):
    bins = bin_table(q2, limit)
    precision = 1 / sigma
    lines, codes, edges, line, line_hkl, chosen = line_buffers(len(q2), most)
    merit = np.zeros(len(candidates))
    for c in range(len(candidates)):
        found = find_lines(family, centring, reps, candidates[c], limit, most, lines, codes)
        if found <= 0:
            continue
        n_lines = fill_gaps(found, lines, bins, edges)
        assign(q2, edges, codes, line, line_hkl, chosen)
        merit[c] = _merit(q2, precision, line, n_lines, foreign)
    return merit


def optimise(table: LatticeTable, start: np.ndarray, observed: Observed, n_iterations: int, seed: int, stall: int):
    """Optimise candidates: each iteration assigns every peak its line, draws some, solves for xnn.

    Parameters
    ----------
    table : LatticeTable
    start : numpy.ndarray, shape (n, n_free)
        Free xnn, 1/Å².
    observed : Observed
    n_iterations : int
        At most, for each candidate.
    seed : int
    stall : int
        A candidate without a better figure of merit for more iterations than this is dropped.

    Returns
    -------
    best : numpy.ndarray, shape (n, n_free)
        Free xnn of the best iteration of each candidate, 1/Å².
    merit : numpy.ndarray, shape (n,)
        Its figure of merit, see `_merit`; 0 for a candidate that never was a physical cell.
    done : int
        Iterations done, over all candidates.
    """
    return _optimise(
        *table.codes,
        np.ascontiguousarray(start, dtype=float),
        observed.q2,
        observed.weight,
        observed.sigma,
        observed.foreign,
        observed.limit,
        observed.most_lines,
        n_iterations,
        seed,
        stall,
    )


def merits(table: LatticeTable, candidates: np.ndarray, observed: Observed) -> np.ndarray:
    """Figures of merit of candidates as they are, shape (n,).

    Parameters
    ----------
    table : LatticeTable
    candidates : numpy.ndarray, shape (n, n_free)
        Free xnn, 1/Å².
    observed : Observed
    """
    return _merits(
        *table.codes,
        np.ascontiguousarray(candidates, dtype=float),
        observed.q2,
        observed.sigma,
        observed.foreign,
        observed.limit,
        observed.most_lines,
    )
