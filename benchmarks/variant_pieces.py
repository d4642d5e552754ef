"""What alternatives of the optimiser do otherwise: lines, peaks and weights of one iteration, compiled.

Equations are those of Moreau, "ML-Index Methods" (2024), section 2.3 and, for Eq. 18, section 1.3.3.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import LINE_NUMBER
from mlindex_plugin.algorithms.search.assignment import NO_LINE
from mlindex_plugin.algorithms.search.kernel import next_random

EPSILON = 1e-10  # 1/Å², of Eq. 22
LARGEST_EXPONENT = 4.0  # of Eq. 18
NEAREST, BY_DOCUMENT, BY_MISFIT = range(3)  # assignment
EACH, REPLACED, CERTAIN = range(3)  # drawing of peaks
# weights
ERRORS, COELHO, EXPONENT, EXPONENT_AND_ERRORS, NEWTON, NEWTON_FOLLOWED, MISFIT_AND_ERRORS, COELHO_ALIKE = range(8)


@njit(cache=True, inline="always")
def uniform(state):
    """A random number from 0 to 1."""
    return (next_random(state) >> np.uint64(11)) * 2.0**-53


@njit(cache=True)
def mean_misfit(q2, line):
    """Mean distance of the peaks from their lines, 1/Å²."""
    total, n = 0.0, 0
    for i in range(len(q2)):
        if line[i] < np.inf:
            total += abs(line[i] - q2[i])
            n += 1
    return total / max(n, 1)


@njit(cache=True, inline="always")
def _probability(distance, q2, spread):
    """Eq. 21, not normalised; `spread` is the standard deviation, 0 for the variance of Eq. 22."""
    variance = spread * spread if spread > 0 else q2 * (distance + EPSILON)
    return np.exp(-0.5 * distance * distance / variance) / np.sqrt(variance)


@njit(cache=True)
def _near_probabilities(q2, edge, i, taken, spread, probability):
    """Fill in the probabilities of the lowest and highest lines of the gaps below and above peak i; their sum.

    A line that is `taken`, or stands twice because it is the only one of its gap, has none.
    """
    total = 0.0
    for j in range(4):
        line = edge[2 * i + j]
        twice = (j == 1 or j == 3) and line == edge[2 * i + j - 1]
        probability[j] = 0.0
        if abs(line) < np.inf and line != taken and not twice:
            probability[j] = _probability(abs(line - q2[i]), q2[i], spread)
        total += probability[j]
    return total


@njit(cache=True)
def draw_lines(q2, edges, codes, spread, state, probability, line, line_hkl):
    """Assignment by probability: each peak draws one of its near lines, no line goes to two peaks.

    Only neighbours have a line in common, that of the gap between them, so that the line of the peak before is all that
    can be taken.
    """
    edge = edges.ravel()
    number = edge.view(np.int64)
    taken = np.inf
    for i in range(len(q2)):
        rest = uniform(state) * _near_probabilities(q2, edge, i, taken, spread, probability)
        line[i] = np.inf
        line_hkl[i] = NO_LINE
        for j in range(4):
            if probability[j] > 0:
                line[i] = edge[2 * i + j]
                line_hkl[i] = codes[number[2 * i + j] & LINE_NUMBER]
                rest -= probability[j]
                if rest < 0:
                    break
        taken = line[i]


@njit(cache=True)
def certainties(q2, edges, line, probability, certainty):
    """How probable the line of each peak is among the near ones (Eq. 21 and 22), scaled to a mean of one."""
    edge = edges.ravel()
    total = 0.0
    for i in range(len(q2)):
        certainty[i] = 0.0
        if line[i] < np.inf:
            of_all = _near_probabilities(q2, edge, i, np.inf, 0.0, probability)
            certainty[i] = _probability(abs(line[i] - q2[i]), q2[i], 0.0) / of_all
        total += certainty[i]
    for i in range(len(q2)):
        certainty[i] *= len(q2) / max(total, 1e-300)


@njit(cache=True)
def keep_peaks(draw, share, certainty, line, state, kept):
    """Draw the peaks of one least squares; their number. Never one without a line.

    Parameters
    ----------
    draw : int
        EACH with probability `share`; REPLACED: as many as there are, with replacement; CERTAIN: each with the share
        times its `certainty`.
    share : float
    certainty : numpy.ndarray, shape (n,)
        Used by CERTAIN alone.
    line : numpy.ndarray, shape (n,)
        Infinite where there is none, 1/Å².
    state : numpy.ndarray of uint64, shape (1,)
    kept : numpy.ndarray of int, shape (n + 1,)
        Filled in.
    """
    n = len(line)
    n_kept = 0
    if draw == EACH and share == 0.5:  # the bits that the product draws
        word = next_random(state)
        for i in range(n):
            if i & 63 == 63:
                word = next_random(state)
            kept[np.uint64(n_kept)] = i
            n_kept += np.int64(word & np.uint64(1)) & np.int64(line[i] < np.inf)
            word >>= np.uint64(1)
        return n_kept
    for i in range(n):
        peak, chance = i, share
        if draw == REPLACED:
            peak, chance = int(uniform(state) * n), 1.0
        elif draw == CERTAIN:
            chance = share * certainty[i]
        kept[np.uint64(n_kept)] = peak
        n_kept += np.int64(chance >= 1.0 or uniform(state) < chance) & np.int64(line[peak] < np.inf)
    return n_kept


@njit(cache=True)
def weigh(weights, q2, sigma, strength, line, state, weight, target):
    """Weights of the least squares and the positions that it aims at.

    Parameters
    ----------
    weights : int
        COELHO: the squares of Eq. 18, w = d^m |Δ2θ| I with m drawn from 0 to 4; COELHO_ALIKE: all of one intensity, and
        angles of a short wavelength; EXPONENT: of d^m alone;
        EXPONENT_AND_ERRORS: of d^m/σ. NEWTON: the step of Eq. 23 on the likelihood of Eq. 21, the variance of Eq. 22
        taken as it is, which for positions linear in xnn is least squares with weights 1/variance. NEWTON_FOLLOWED: the
        Gauss-Newton step where the variance changes with the misfit Δ, for residuals Δ/√variance.
        MISFIT_AND_ERRORS: 1/(σ² + Δ²).
    q2, sigma : numpy.ndarray, shape (n,)
        1/Å².
    strength : numpy.ndarray, shape (n,)
        Square of intensity times d 2θ/d q2, for Eq. 18.
    line : numpy.ndarray, shape (n,)
        Infinite where there is none, 1/Å².
    state : numpy.ndarray of uint64, shape (1,)
    weight, target : numpy.ndarray, shape (n,)
        Filled in.
    """
    exponent = uniform(state) * LARGEST_EXPONENT
    for i in range(len(q2)):
        weight[i], target[i] = 0.0, q2[i]
        if line[i] == np.inf:
            continue
        misfit = q2[i] - line[i]
        distance = abs(misfit)
        if weights == COELHO:
            weight[i] = q2[i] ** -exponent * misfit * misfit * strength[i]
        elif weights == COELHO_ALIKE:
            weight[i] = q2[i] ** -(exponent + 1) * misfit * misfit
        elif weights == EXPONENT:
            weight[i] = q2[i] ** -exponent
        elif weights == EXPONENT_AND_ERRORS:
            weight[i] = q2[i] ** -exponent / (sigma[i] * sigma[i])
        elif weights == NEWTON:
            weight[i] = 1 / (q2[i] * (distance + EPSILON))
        elif weights == NEWTON_FOLLOWED:
            slope = (0.5 * distance + EPSILON) / (distance + EPSILON)
            weight[i] = slope * slope / (q2[i] * (distance + EPSILON))
            target[i] = line[i] + misfit / slope
        else:
            weight[i] = 1 / (sigma[i] * sigma[i] + misfit * misfit)
