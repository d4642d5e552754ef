"""The unit of work: one block of candidates of one lattice, from generation to refinement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.generators import exhaustive_cells, load_ensemble, zone_cells
from mlindex_plugin.algorithms.lattice import LATTICES, BravaisLattice, full_xnn, lattice_table, volumes_from_xnn
from mlindex_plugin.algorithms.search.kernel import merits, optimise
from mlindex_plugin.algorithms.search.observed import Observed
from mlindex_plugin.algorithms.search.redistribution import redistribute
from mlindex_plugin.algorithms.search.refine import Refined, refine

N_ITERATIONS = 100
STALL = 25  # iterations without a better figure of merit
_TRIAL_SHARE = 0.5  # best of the index or zone trial, relative to the block's size
_KEPT = 40
ROOM = 1.5  # a candidate that starts larger than this times the largest volume hardly ends within it


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
        Candidates of the ensemble.
    seed : int
    max_volume : float
        Largest conventional cell volume, Å³.
    models : str or None
        Folder of trained models; None: those of the package.
    """

    symbol: str
    block: int
    n_candidates: int
    seed: int
    max_volume: float
    models: str | None = None


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
    start, seed = starting_cells(unit, observed)
    best, merit, _ = optimise(lattice_table(unit.symbol), start, observed, N_ITERATIONS, seed, STALL)
    return finished_unit(unit, observed, best, merit)


def starting_cells(unit: Unit, observed: Observed) -> tuple[np.ndarray, int]:
    """Candidates of a unit, free xnn in 1/Å² of shape (n, n_free), and the seed of their optimisation."""
    rng = np.random.default_rng([unit.seed, unit.block, list(LATTICES).index(unit.symbol)])
    start = _candidates(LATTICES[unit.symbol], unit, observed, rng)
    return start, int(rng.integers(2**32))


def finished_unit(unit: Unit, observed: Observed, best: np.ndarray, merit: np.ndarray) -> UnitResult:
    """The best of a unit's optimised candidates, refined; arguments as returned by `optimise`."""
    small = volumes_from_xnn(full_xnn(LATTICES[unit.symbol], best)) <= unit.max_volume
    n_candidates = len(best)
    best, merit = best[small], merit[small]
    refined = refine_cells(unit.symbol, best[_different(merit)], observed, unit.max_volume)
    return UnitResult(unit.symbol, refined, n_candidates)


def refine_cells(symbol: str, x: np.ndarray, observed: Observed, max_volume: float = np.inf) -> Refined:
    """Refine candidates of a lattice, with the zero shift where the peaks can have one.

    Parameters
    ----------
    symbol : str
        Bravais lattice.
    x : numpy.ndarray, shape (n, n_free)
        Free xnn, 1/Å².
    observed : Observed
    max_volume : float
        Largest conventional cell volume, Å³; refinement may enlarge a cell that was just small enough.

    Returns
    -------
    Refined
        The physical ones.
    """
    refined = refine(lattice_table(symbol), x, observed, with_shift=observed.shift_column.size > 0)
    refined = refined.take(refined.n_lines > 0)
    return refined.take(volumes_from_xnn(full_xnn(LATTICES[symbol], refined.x)) <= max_volume)


def _candidates(lattice: BravaisLattice, unit: Unit, observed: Observed, rng: np.random.Generator) -> np.ndarray:
    ensemble = load_ensemble(unit.symbol, unit.models)
    q2 = _drawn_half(observed.q2, rng) if observed.foreign else observed.q2
    drawn = ensemble.generate(q2, unit.n_candidates, rng, ROOM * unit.max_volume)
    start = redistribute(drawn, observed.q2[-1], rng)
    if unit.block == 0 or observed.foreign:
        n = round(_TRIAL_SHARE * unit.n_candidates)
        start = np.concatenate([start, position_cells(unit, observed, n, q2)])
    return start


def _drawn_half(q2: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half of the peaks: where two phases are mixed, some halves are mostly of one, and as dense as its own lines."""
    return q2[np.sort(rng.permutation(len(q2))[: (len(q2) + 1) // 2])]


def position_cells(unit: Unit, observed: Observed, n: int, q2: np.ndarray | None = None) -> np.ndarray:
    """Candidates made of the positions themselves, none of them drawn: once a lattice is enough.

    Parameters
    ----------
    unit : Unit
    observed : Observed
    n : int
    q2 : numpy.ndarray, optional
        The peaks to make them of, 1/Å²; all by default. Their figures of merit are those on all.

    Returns
    -------
    numpy.ndarray, shape (at most n, n_free)
        Free xnn, 1/Å²: those of the exhaustive trial or of zone relations with the highest figures of merit.
    """
    lattice = LATTICES[unit.symbol]
    q2 = observed.q2 if q2 is None else q2
    if lattice.n_free <= 3:
        x = exhaustive_cells(lattice, q2, unit.max_volume)
    else:
        x = _within(lattice, zone_cells(lattice, q2, np.interp(q2, observed.q2, observed.cap)), unit.max_volume)
    merit = merits(lattice_table(unit.symbol), x, observed)
    return x[np.argsort(-merit, kind="stable")[:n]]


def _within(lattice: BravaisLattice, x: np.ndarray, volume: float) -> np.ndarray:
    """Cells up to a volume, and those that are no cells yet: the optimiser may mend them."""
    volumes = volumes_from_xnn(full_xnn(lattice, x))
    return x[~(volumes > volume)]


def _different(merit: np.ndarray) -> np.ndarray:
    """Indices of the best candidates, those of one figure of merit (to 0.5 %) once."""
    order = np.argsort(-merit, kind="stable")
    _, first = np.unique(np.round(np.log(merit[order] + 1e-12) * 200), return_index=True)
    return order[np.sort(first)][:_KEPT]
