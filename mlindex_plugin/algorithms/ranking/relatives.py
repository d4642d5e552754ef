"""Relatives of a leading cell that have to compete with it: higher and lower symmetry, smaller and larger cells."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.generators import nearby_cells
from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    cells_from_xnn,
    hermite_forms,
    higher_symmetry,
    lattice_table,
    niggli_cell,
    reciprocal_metric,
    same_line_cells,
    xnn_from_cells,
    xnn_from_metric,
)
from mlindex_plugin.algorithms.ranking.entry import Entry
from mlindex_plugin.algorithms.ranking.evidence import log_evidence
from mlindex_plugin.algorithms.search import NO_LINE, Observed, Refined, merits, optimise, refine

_SMALLER = range(2, 9)  # indices of the derivative lattices tested
_LARGER = (2, 3, 4)
_N_LIKELIEST = 4  # of the smaller and of the larger ones
_EXPLAINED = 0.9  # of the indexed peaks, by the smaller cell
_SEED = 20261121
_N_CHOICES = 10_000  # of lines for peaks, around a cell that leaves peaks over
_N_OPTIMISED = 300
_N_ITERATIONS = 60
_N_NEARBY = 4


def relatives(entry: Entry, observed: Observed) -> list[tuple[str, np.ndarray]]:
    """Cells to be compared with an entry.

    A cell that is too large explains everything that the right one explains: whatever smaller cell holds nearly all
    indexed lines is a candidate in its own right. One that is too small leaves lines over: whatever larger cell
    indexes more of them is another, and so is one that is almost as symmetric and has groups of lines for single ones.
    Every cell may be of higher symmetry than the lattice in which it was found, and another lattice may have the same
    lines with no more parameters.

    Parameters
    ----------
    entry : Entry
    observed : Observed

    Returns
    -------
    list of (str, numpy.ndarray of shape (n_free,))
        Bravais lattice and free xnn in its search setting, 1/Å², not refined.
    """
    found = _with_higher_symmetry(entry.niggli)
    most = LATTICES[entry.symbol].n_free
    found += [(symbol, x) for symbol, x in same_line_cells(found) if LATTICES[symbol].n_free <= most]
    x = xnn_from_cells(np.array(entry.niggli))
    metric = reciprocal_metric(x)
    indexed = _near(_refine_primitive(x[None], observed), observed).sum()
    smaller = np.concatenate([form @ metric @ form.transpose(0, 2, 1) for form in map(hermite_forms, _SMALLER)])
    found += _likeliest(smaller, _EXPLAINED * indexed, observed)
    if indexed < len(observed.q2):
        # row forms tell sublattices apart, their transposes superlattices
        inverses = [np.linalg.inv(hermite_forms(index)).transpose(0, 2, 1) for index in _LARGER]
        larger = np.concatenate([inverse @ metric @ inverse.transpose(0, 2, 1) for inverse in inverses])
        found += _likeliest(larger, indexed + 1, observed)
    if _near(entry.refined, observed).sum() < len(observed.q2):
        found += _nearby(x, observed)
    return found


def _nearby(x: np.ndarray, observed: Observed) -> list[tuple[str, np.ndarray]]:
    """The best cells close to a primitive one, xnn of shape (6,), that pair peaks and close lines otherwise."""
    table = lattice_table("aP")
    rng = np.random.default_rng(_SEED)
    start = nearby_cells(x, observed.q2, _N_CHOICES, rng)
    leading = np.argsort(-merits(table, start, observed), kind="stable")[:_N_OPTIMISED]
    best, merit, _ = optimise(table, start[leading], observed, _N_ITERATIONS, _SEED, _N_ITERATIONS)
    found = []
    for i in np.argsort(-merit, kind="stable")[:_N_NEARBY]:
        found += _with_higher_symmetry(_reduced(reciprocal_metric(best[i])))
    return found


def _likeliest(metrics: np.ndarray, least: float, observed: Observed) -> list[tuple[str, np.ndarray]]:
    """Of primitive reciprocal metrics, shape (n, 3, 3), the likeliest that index at least so many peaks."""
    refined = _refine_primitive(xnn_from_metric(metrics), observed)
    enough = np.flatnonzero(_near(refined, observed).sum(axis=1) >= least)
    evidence = log_evidence(refined.take(enough), observed)
    found = []
    for i in np.argsort(-evidence, kind="stable")[:_N_LIKELIEST]:
        if np.isfinite(evidence[i]):
            found += _with_higher_symmetry(_reduced(metrics[enough[i]]))
    return found


def _refine_primitive(x: np.ndarray, observed: Observed) -> Refined:
    return refine(lattice_table("aP"), x, observed, with_shift=observed.shift_column.size > 0)


def _near(refined: Refined, observed: Observed) -> np.ndarray:
    """Which peaks have a line within the cap, shape (n, n_peaks)."""
    misfit = np.abs(refined.line - observed.corrected(refined.shift))
    return (refined.code != NO_LINE) & (misfit < observed.cap)


def _with_higher_symmetry(niggli) -> list[tuple[str, np.ndarray]]:
    if niggli is None:
        return []
    return [("aP", xnn_from_cells(np.array(niggli))), *higher_symmetry(LATTICES["aP"], niggli)]


def _reduced(metric: np.ndarray):
    """Niggli cell of a reciprocal metric; None where it is no metric, or cctbx cannot reduce it."""
    if np.linalg.eigvalsh(metric)[0] <= 0:
        return None
    try:
        return niggli_cell(LATTICES["aP"], cells_from_xnn(xnn_from_metric(metric)))
    except RuntimeError:
        return None
