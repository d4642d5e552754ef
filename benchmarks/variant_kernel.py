"""The optimiser with its alternatives: as `mlindex_plugin.algorithms.search.optimise`, but for what a variant names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from variant_pieces import (
    BY_MISFIT,
    CERTAIN,
    EACH,
    ERRORS,
    NEAREST,
    certainties,
    draw_lines,
    keep_peaks,
    mean_misfit,
    uniform,
    weigh,
)

from mlindex_plugin.algorithms.lattice import LatticeTable, bin_table, fill_gaps, find_lines, solve_normal_equations
from mlindex_plugin.algorithms.search.assignment import assign, line_buffers
from mlindex_plugin.algorithms.search.kernel import RIDGE, SHAKE, _merit
from mlindex_plugin.algorithms.search.least_squares import NO_SHIFT, normal_equations
from mlindex_plugin.algorithms.search.observed import Observed


@dataclass(frozen=True)
class Variant:
    """What an optimiser does in an iteration; the defaults are the product's.

    Attributes
    ----------
    share : float
        Of the peaks that enter the least squares.
    draw, weights, assignment : int
        See `variant_pieces`.
    """

    share: float = 0.5
    draw: int = EACH
    weights: int = ERRORS
    assignment: int = NEAREST


@njit(cache=True, nogil=True)
def _optimise(
    family,
    hexagonal,
    centring,
    reps,
    start,
    q2,
    weight,
    sigma,
    strength,
    limit,
    most,
    n_iterations,
    seed,
    stall,
    share,
    draw,
    weights,
    assignment,
):
    n_peaks = len(q2)
    n_free = start.shape[1]
    bins = bin_table(q2, limit)
    precision = 1 / sigma
    lines, codes, edges, line, line_hkl, chosen = line_buffers(n_peaks, most)
    drawn, drawn_hkl = np.empty(n_peaks), np.empty(n_peaks, np.int64)
    certainty, probability = np.ones(n_peaks), np.empty(4)
    own_weight, target = weight.copy(), q2.copy()
    normal, rhs, row = np.empty((7, 8)), np.empty(7), np.zeros(8)
    kept = np.empty(n_peaks + 1, np.int64)
    state = np.empty(1, np.uint64)
    best = start.copy()
    merit = np.zeros(len(start))
    x = np.empty(n_free)
    done = 0
    for c in range(len(start)):
        state[0] = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(c) * np.uint64(0xD1B54A32D192ED03)
        for i in range(n_free):
            x[i] = start[c, i]
        since = 0
        for _ in range(n_iterations):
            done += 1
            found = find_lines(family, centring, reps, x, limit, most, lines, codes)
            ok = found > 0
            if ok:
                n_lines = fill_gaps(found, lines, bins, edges)
                assign(q2, edges, codes, line, line_hkl, chosen)
                figure = _merit(q2, precision, line, n_lines, 0.0)
                since += 1
                if figure > merit[c]:
                    if figure > merit[c] * 1.001:
                        since = 0
                    merit[c] = figure
                    for i in range(n_free):
                        best[c, i] = x[i]
                if since > stall:
                    break
                used, used_hkl = line, line_hkl
                if assignment != NEAREST:
                    spread = mean_misfit(q2, line) if assignment == BY_MISFIT else 0.0
                    draw_lines(q2, edges, codes, spread, state, probability, drawn, drawn_hkl)
                    used, used_hkl = drawn, drawn_hkl
                if draw == CERTAIN:
                    certainties(q2, edges, line, probability, certainty)
                n_kept = keep_peaks(draw, share, certainty, used, state, kept)
                if weights != ERRORS:
                    weigh(weights, q2, sigma, strength, used, state, own_weight, target)
                normal_equations(
                    family, hexagonal, kept, n_kept, target, used, used_hkl, own_weight, NO_SHIFT, n_free, normal, row
                )
                for i in range(n_free):
                    rhs[i] = normal[i, 7]
                ok = solve_normal_equations(normal, rhs, n_free, RIDGE)
                if ok:
                    for i in range(n_free):
                        x[i] += rhs[i]
            if not ok:
                for i in range(n_free):
                    x[i] = best[c, i] * (1 + SHAKE * (2 * uniform(state) - 1))
                since += 1
                if since > stall:
                    break
    return best, merit, done


def optimise_variant(
    table: LatticeTable,
    start: np.ndarray,
    observed: Observed,
    strength: np.ndarray,
    n_iterations: int,
    seed: int,
    stall: int,
    variant: Variant,
):
    """As `optimise` of the product, with the same results for the default variant.

    Parameters
    ----------
    strength : numpy.ndarray, shape (n_peaks,)
        For the weights of Eq. 18, see `variant_pieces.weigh`.
    variant : Variant
    table, start, observed, n_iterations, seed, stall
        See `mlindex_plugin.algorithms.search.optimise`. Peaks of other phases (`observed.foreign`) are not known here.
    """
    return _optimise(
        *table.codes,
        np.ascontiguousarray(start, dtype=float),
        observed.q2,
        observed.weight,
        observed.sigma,
        strength,
        observed.limit,
        observed.most_lines,
        n_iterations,
        seed,
        stall,
        variant.share,
        variant.draw,
        variant.weights,
        variant.assignment,
    )
