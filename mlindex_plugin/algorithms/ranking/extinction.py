"""Extinction symbols of a solution: which lines are there, which are not, and how probable that makes each symbol.

Only positions are looked at (Markvardsen, David, Johnson & Shankland 2001, Acta Cryst. A57, 47 use intensities, which
peak lists rarely have in a usable form). A reflection that a symbol allows may still be unobserved: it is weak by
chance, weak since it is far out or of low multiplicity, or hidden by a neighbour. docs/extinction.md has the model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logsumexp

from mlindex_plugin.algorithms.ranking.build import INDEXED_WITHIN
from mlindex_plugin.algorithms.ranking.extinction_lines import expected_intensities, reflections_of
from mlindex_plugin.algorithms.ranking.extinction_table import symbols_of
from mlindex_plugin.algorithms.ranking.solution import Solution

# Log odds that a resolved line is observed: level - FALLING q2 / q2_last + GAIN log(expected / largest expected
# intensity). The level is unknown for each list: a normal distribution. Fitted to training crystals.
_LEVEL, _LEVEL_SPREAD = 2.0, 1.5
_FALLING = 3.2
_GAIN = 0.55
# Distance in q to the nearest peak, in units of the second smallest distance of peaks, at which half of the lines are
# resolved, and how sharply.
_RESOLVED, _RESOLVED_WIDTH = 0.72, 0.105
# Share of the peaks that belong to no allowed line.
_FOREIGN = 0.005
# Absences of atoms in special or nearly special positions come in whole classes, so lines are worth less than if they
# were independent. Chosen for calibration.
_WORTH = 0.5
_BELONGS = 0.1  # relative density at a peak from which on a line belongs to it
_FEWEST_PEAKS = 5
_SCALES = (0.3, 10.0)  # smallest and largest ratio of true to stated standard errors
_A_LITTLE_MORE = 1.0005  # than q2 of the last peak, whose line may lie above it
_LEVELS = np.linspace(-2.5, 2.5, 11)
_N_LEADING = 5  # solutions that get symbols
_KEPT = 0.99  # of the probability


@dataclass(frozen=True)
class Extinction:
    """An extinction symbol and how probable the observed lines make it.

    Attributes
    ----------
    symbol : str
        As in ``P 1 21/c 1``, on the axes of the solution.
    probability : float
        If the cell is right; those of all symbols add up to one.
    space_groups : tuple of str
        Hermann-Mauguin symbols on the axes of the solution, the commonest first.
    """

    symbol: str
    probability: float
    space_groups: tuple[str, ...]


def with_extinction(solutions: Iterable[Solution]) -> list[Solution]:
    """Solutions, the first five with their extinction symbols."""
    solutions = list(solutions)
    leading = [replace(one, extinction=probable(extinction_symbols(one), _KEPT)) for one in solutions[:_N_LEADING]]
    return leading + solutions[_N_LEADING:]


def extinction_symbols(solution: Solution) -> tuple[Extinction, ...]:
    """Extinction symbols of a solution's lattice, the most probable first.

    Parameters
    ----------
    solution : Solution

    Returns
    -------
    tuple of Extinction
        All symbols of the Bravais lattice in all settings of its axes.
    """
    symbols = symbols_of(solution.bravais_lattice)
    logarithm = np.log([symbol.share for symbol in symbols])
    if len(symbols) > 1 and solution.n_peaks >= _FEWEST_PEAKS:
        logarithm = logarithm + _WORTH * _log_likelihoods(solution)
    probability = np.exp(logarithm - logsumexp(logarithm))
    return tuple(
        Extinction(symbols[i].name, float(probability[i]), symbols[i].space_groups)
        for i in np.argsort(-probability, kind="stable")
    )


def probable(extinction: tuple[Extinction, ...], level: float = 0.9) -> tuple[Extinction, ...]:
    """The smallest set of symbols that holds so much of the probability."""
    total = np.cumsum([one.probability for one in extinction])
    return extinction[: int(np.searchsorted(total, level - 1e-9)) + 1]


def _log_likelihoods(solution: Solution) -> np.ndarray:
    """Natural logarithm of the likelihood of each symbol of the lattice, shape (n_symbols,)."""
    reflections = reflections_of(solution.unit_cell, solution.bravais_lattice, solution.q2_obs[-1] * _A_LITTLE_MORE)
    line, intensity = _lines(reflections.q2, expected_intensities(reflections, solution.bravais_lattice))
    peak, density = _densities(solution, line)
    belongs = np.any(density > _BELONGS, axis=0)
    free = line[~belongs]

    largest = np.log(np.maximum(intensity.max(axis=1), 1.0))[:, None]
    with np.errstate(divide="ignore"):
        of_peak = np.log(intensity @ density.T) - largest
        of_free = np.log(intensity[:, ~belongs]) - largest
    odds_peak = _GAIN * of_peak - _FALLING * peak / solution.q2_obs[-1]
    odds_free = _GAIN * of_free - _FALLING * free / solution.q2_obs[-1]
    resolved = _resolved(free, solution.q2_obs)

    totals = []
    for step in _LEVELS:
        level = _LEVEL + _LEVEL_SPREAD * step
        seen = _FOREIGN + (1 - _FOREIGN) * expit(level + odds_peak)
        missed = 1 - resolved * expit(level + odds_free)
        totals.append(np.log(seen).sum(axis=1) + np.log(missed).sum(axis=1) - 0.5 * step**2)
    return logsumexp(totals, axis=0)


def _lines(q2: np.ndarray, intensity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lines from reflections: those in the same place are added up."""
    starts = np.flatnonzero(np.diff(q2, prepend=-1.0) > 1e-7 * q2[-1])
    return q2[starts], np.add.reduceat(intensity, starts, axis=1)


def _densities(solution: Solution, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Peaks of the cell, freed of the zero shift, and the densities of their errors at the lines (highest: one).

    Stated standard errors are often several times too small or too large; what the cell leaves tells.
    """
    misfit = solution.q2_obs - solution.q2_calc
    scale = np.clip(1.48 * np.median(np.abs(misfit) / solution.sigma), *_SCALES)
    width = scale * solution.sigma
    near = np.abs(misfit) < INDEXED_WITHIN * width
    peak = (_own_lines(solution) + misfit)[near]
    deviation = (peak[:, None] - line) / width[near][:, None]
    return peak, np.exp(-0.5 * deviation**2)


def _own_lines(solution: Solution) -> np.ndarray:
    """Positions of the lines of the peaks, without zero shift, 1/Å², shape (n_peaks,)."""
    from cctbx import uctbx

    cell = uctbx.unit_cell(solution.unit_cell)
    return np.array([cell.d_star_sq(tuple(hkl)) for hkl in solution.hkl.tolist()])


def _resolved(line: np.ndarray, q2_obs: np.ndarray) -> np.ndarray:
    """Probability that each line would be told from its neighbouring peaks."""
    q = np.sqrt(q2_obs)
    closest = max(np.sort(np.diff(q))[1], 1e-6)
    distance = np.abs(np.sqrt(line)[:, None] - q).min(axis=1)
    return expit((distance / closest - _RESOLVED) / _RESOLVED_WIDTH)
