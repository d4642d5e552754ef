"""The pool of refined candidates of all lattices, best first, each lattice of points once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, full_xnn, niggli_cell
from mlindex_plugin.algorithms.ranking.evidence import log_evidence
from mlindex_plugin.algorithms.search import Observed, Refined

_KEPT = 60
# Two cells are one where their reduced volumes and lines agree to this relative tolerance.
_TOLERANCE = 3e-3
_SHORTEST_AXIS = 1.8  # Å; the closest that atoms come in a crystal, hydrogen apart, is 2 Å


@dataclass(frozen=True)
class Entry:
    """A refined candidate with its evidence.

    Attributes
    ----------
    symbol : str
        Bravais lattice.
    refined : Refined
        Of length one.
    evidence : float
        Natural logarithm, see `log_evidence`.
    cell : tuple of 6 float
        Å and degrees, search setting.
    niggli : tuple of 6 float
    """

    symbol: str
    refined: Refined
    evidence: float
    cell: tuple[float, ...]
    niggli: tuple[float, ...]


def rank(results, observed: Observed) -> list[Entry]:
    """Rank candidates over all lattices.

    Parameters
    ----------
    results : iterable of (str, Refined)
        Lattice symbol and its refined candidates.
    observed : Observed

    Returns
    -------
    list of Entry
        At most 60, highest evidence first; equal point lattices are kept once, with the lattice symbol that has
        the highest evidence.
    """
    scored = []
    for symbol, refined in results:
        evidence = log_evidence(refined, observed)
        scored += [(evidence[i], symbol, refined, i) for i in np.flatnonzero(np.isfinite(evidence))]
    scored.sort(key=lambda s: (-s[0], s[1], tuple(s[2].x[s[3]])))
    entries: list[Entry] = []
    for evidence, symbol, refined, i in scored:
        if len(entries) == _KEPT:
            break
        entry = _entry(symbol, refined.take(slice(i, i + 1)), float(evidence))
        if entry is not None and not any(_same(entry, other) for other in entries):
            entries.append(entry)
    return entries


def _entry(symbol: str, refined: Refined, evidence: float) -> Entry | None:
    lattice = LATTICES[symbol]
    cell = cells_from_xnn(full_xnn(lattice, refined.x))[0]
    try:
        niggli = niggli_cell(lattice, cell)
    except RuntimeError:  # cctbx: no reduction of a nearly flat cell
        return None
    if min(niggli[:3]) < _SHORTEST_AXIS:
        return None
    return Entry(symbol, refined, evidence, tuple(cell.tolist()), niggli)


def _same(one: Entry, other: Entry) -> bool:
    from cctbx import uctbx

    if one.symbol == other.symbol and np.allclose(one.cell, other.cell, rtol=_TOLERANCE):
        return True
    a, b = uctbx.unit_cell(one.niggli), uctbx.unit_cell(other.niggli)
    if abs(a.volume() / b.volume() - 1) > 3 * _TOLERANCE:
        return False
    return len(a.similarity_transformations(b, _TOLERANCE, 100 * _TOLERANCE)) > 0
