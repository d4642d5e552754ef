"""The unit of work: one block of candidates of one lattice, from generation to refinement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.generators import exhaustive_cells, random_cells, template_cells, zone_cells
from mlindex_plugin.algorithms.lattice import LATTICES, BravaisLattice, full_xnn, lattice_table, volumes_from_xnn
from mlindex_plugin.algorithms.search.kernel import merits, optimise
from mlindex_plugin.algorithms.search.observed import Observed
from mlindex_plugin.algorithms.search.redistribution import redistribute
from mlindex_plugin.algorithms.search.refine import Refined, refine

N_ITERATIONS = 100
_STALL = 25  # iterations without a better figure of merit
_TEMPLATE_SHARE = 0.25
_TRIAL_SHARE = 0.5  # best of the index or zone trial, relative to the block's size
_KEPT = 40
_ROOM = 1.5  # a candidate that starts larger than this times the largest volume hardly ends within it


@dataclass(frozen=True)
class Unit:
    """One block of candidates.

    Attributes
    ----------
    symbol : str
        Bravais lattice.
    block : int
        Number of the block within its lattice; with `seed` it fixes the random numbers.
    n_candidates : int
        Random and template candidates.
    seed : int
    max_volume : float
        Largest conventional cell volume, Å³.
    """

    symbol: str
    block: int
    n_candidates: int
    seed: int
    max_volume: float


@dataclass(frozen=True)
class UnitResult:
    """Best candidates of a unit, refined, and how many were tried."""

    symbol: str
    refined: Refined
    n_candidates: int


def run_unit(unit: Unit, observed: Observed) -> UnitResult:
    """Generate, optimise and refine one block of candidates.

    Parameters
    ----------
    unit : Unit
    observed : Observed

    Returns
    -------
    UnitResult
        At most 40 candidates of different figures of merit.
    """
    lattice = LATTICES[unit.symbol]
    table = lattice_table(unit.symbol)
    rng = np.random.default_rng([unit.seed, unit.block, list(LATTICES).index(unit.symbol)])
    start = _candidates(lattice, unit, observed, rng)
    best, merit, _ = optimise(table, start, observed, N_ITERATIONS, int(rng.integers(2**32)), _STALL)
    small = volumes_from_xnn(full_xnn(lattice, best)) <= unit.max_volume
    best, merit = best[small], merit[small]
    return UnitResult(unit.symbol, refine_cells(unit.symbol, best[_different(merit)], observed), len(start))


def refine_cells(symbol: str, x: np.ndarray, observed: Observed) -> Refined:
    """Refine candidates of a lattice, with the zero shift where the peaks can have one; the physical ones."""
    refined = refine(lattice_table(symbol), x, observed, with_shift=observed.shift_column.size > 0)
    return refined.take(refined.n_lines > 0)


def _candidates(lattice: BravaisLattice, unit: Unit, observed: Observed, rng: np.random.Generator) -> np.ndarray:
    n_templates = round(_TEMPLATE_SHARE * unit.n_candidates)
    drawn = [
        random_cells(lattice, observed.q2, unit.n_candidates - n_templates, rng),
        template_cells(lattice, observed.q2, n_templates, rng),
    ]
    drawn = _within(lattice, np.concatenate(drawn), _ROOM * unit.max_volume)
    start = redistribute(drawn, observed.q2[-1], rng)
    if unit.block == 0:
        trial = _trial(lattice, unit, observed)
        merit = merits(lattice_table(unit.symbol), trial, observed)
        leading = np.argsort(-merit, kind="stable")[: round(_TRIAL_SHARE * unit.n_candidates)]
        start = np.concatenate([start, trial[leading]])
    return start


def _trial(lattice: BravaisLattice, unit: Unit, observed: Observed) -> np.ndarray:
    """Candidates made of the positions themselves, none of them drawn: once a lattice is enough."""
    if lattice.n_free <= 3:
        return exhaustive_cells(lattice, observed.q2, unit.max_volume)
    return _within(lattice, zone_cells(lattice, observed.q2, observed.cap), unit.max_volume)


def _within(lattice: BravaisLattice, x: np.ndarray, volume: float) -> np.ndarray:
    """Cells up to a volume, and those that are no cells yet: the optimiser may mend them."""
    volumes = volumes_from_xnn(full_xnn(lattice, x))
    return x[~(volumes > volume)]


def _different(merit: np.ndarray) -> np.ndarray:
    """Indices of the best candidates, those of one figure of merit (to 0.5 %) once."""
    order = np.argsort(-merit, kind="stable")
    _, first = np.unique(np.round(np.log(merit[order] + 1e-12) * 200), return_index=True)
    return order[np.sort(first)][:_KEPT]
