"""The pool of refined candidates of all lattices, best first, each lattice of points once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    cells_from_xnn,
    direct_metric_from_cells,
    full_xnn,
    niggli_cell,
    volumes_from_xnn,
)
from mlindex_plugin.algorithms.ranking.evidence import log_evidence
from mlindex_plugin.algorithms.search import Observed, Refined

_KEPT = 60
# Two cells are one where their reduced volumes and lines agree to this relative tolerance.
_TOLERANCE = 3e-3
_SHORT = np.array([(u, v, w) for u in (0, 1) for v in (-1, 0, 1) for w in (-1, 0, 1) if (u, v, w) > (0, 0, 0)])
_FOR_SYMMETRY = 6.0  # natural logarithms
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
    primitive_volume : float
        Å³, of `niggli`.
    """

    symbol: str
    refined: Refined
    evidence: float
    cell: tuple[float, ...]
    niggli: tuple[float, ...]
    primitive_volume: float


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
        the highest evidence, or one of fewer parameters that is hardly behind: a metric that happens to be more
        symmetric than its crystal is rare.
    """
    scored = []
    for symbol, refined in _by_lattice(results):  # many small arrays would cost more than their numbers
        evidence = log_evidence(refined, observed)
        scored += [(evidence[i], symbol, refined, i) for i in np.flatnonzero(np.isfinite(evidence))]
    scored.sort(key=lambda s: (-s[0], s[1], tuple(s[2].x[s[3]])))
    entries: list[Entry] = []
    highest: list[float] = []  # evidence of each entry's lattice, whatever the symbol that is kept
    seen = set()
    volumes, lengths = np.empty(_KEPT), np.empty((_KEPT, len(_SHORT)))
    for evidence, symbol, refined, i in scored:
        if len(entries) == _KEPT:
            break
        key = symbol, round(evidence, 4), *np.round(refined.x[i], 6)
        if key in seen:  # the same cell, from another block
            continue
        seen.add(key)
        geometry = _geometry(symbol, tuple(refined.x[i].tolist()))
        if geometry is None:
            continue
        n = len(entries)
        equal = np.abs(volumes[:n] / geometry.primitive_volume - 1) < 3 * _TOLERANCE
        equal &= np.all(np.abs(lengths[:n] / geometry.short - 1) < 2 * _TOLERANCE, axis=1)
        one = slice(i, i + 1)
        if not equal.any():
            volumes[n], lengths[n] = geometry.primitive_volume, geometry.short
            entries.append(entry_of(symbol, refined.take(one), float(evidence)))
            highest.append(float(evidence))
            continue
        k = int(np.argmax(equal))
        fewer = LATTICES[symbol].n_free < LATTICES[entries[k].symbol].n_free
        if fewer and evidence > highest[k] - _FOR_SYMMETRY:
            entries[k] = entry_of(symbol, refined.take(one), float(evidence))
    return sorted(entries, key=lambda entry: -entry.evidence)


def entry_of(symbol: str, refined: Refined, evidence: float) -> Entry | None:
    """A refined candidate, of length one, as an entry; None where it is no cell of a crystal."""
    geometry = _geometry(symbol, tuple(refined.x[0].tolist()))
    if geometry is None:
        return None
    return Entry(symbol, refined, evidence, geometry.cell, geometry.niggli, geometry.primitive_volume)


def _by_lattice(results) -> list[tuple[str, Refined]]:
    """Candidates of each lattice together."""
    together: dict[str, list[Refined]] = {}
    for symbol, refined in results:
        together.setdefault(symbol, []).append(refined)
    return [(symbol, Refined.joined(parts)) for symbol, parts in together.items()]


@dataclass(frozen=True)
class _Geometry:
    """Of a candidate, as in `Entry`, and its `short_lengths`."""

    cell: tuple[float, ...]
    niggli: tuple[float, ...]
    primitive_volume: float
    short: np.ndarray


@lru_cache(maxsize=2048)  # most candidates of a round compete again in the next one
def _geometry(symbol: str, x: tuple[float, ...]) -> _Geometry | None:
    """The geometry of a candidate; None where it is no cell of a crystal."""
    lattice = LATTICES[symbol]
    full = full_xnn(lattice, np.array(x))
    cell = cells_from_xnn(full)
    try:
        niggli = niggli_cell(lattice, cell)
    except RuntimeError:  # cctbx: no reduction of a nearly flat cell
        return None
    if min(niggli[:3]) < _SHORTEST_AXIS:
        return None
    volume = float(volumes_from_xnn(full)) / lattice.n_centring
    return _Geometry(tuple(cell.tolist()), niggli, volume, short_lengths(niggli))


def short_lengths(niggli: tuple[float, ...]) -> np.ndarray:
    """Lengths of the axes of a reduced cell and of their sums and differences, ascending, in Å, shape (13,).

    The reduced cell jumps where its angles pass from acute to obtuse; these lengths do not.
    """
    metric = direct_metric_from_cells(np.array(niggli))
    return np.sort(np.sqrt(np.einsum("ni,ij,nj->n", _SHORT, metric, _SHORT)))
