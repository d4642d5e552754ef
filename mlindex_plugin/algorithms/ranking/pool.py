"""The pool of refined candidates of all lattices, best first, each lattice of points once."""

from __future__ import annotations

from dataclasses import dataclass

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
        the highest evidence.
    """
    scored = []
    for symbol, refined in results:
        evidence = log_evidence(refined, observed)
        scored += [(evidence[i], symbol, refined, i) for i in np.flatnonzero(np.isfinite(evidence))]
    scored.sort(key=lambda s: (-s[0], s[1], tuple(s[2].x[s[3]])))
    entries: list[Entry] = []
    seen = set()
    volumes, lengths = np.empty(_KEPT), np.empty((_KEPT, len(_SHORT)))
    for evidence, symbol, refined, i in scored:
        if len(entries) == _KEPT:
            break
        key = symbol, round(evidence, 4), *np.round(refined.x[i], 6)
        if key in seen:  # the same cell, from another block
            continue
        seen.add(key)
        entry = _entry(symbol, refined.take(slice(i, i + 1)), float(evidence))
        if entry is None:
            continue
        n = len(entries)
        short = short_lengths(entry.niggli)
        equal = np.abs(volumes[:n] / entry.primitive_volume - 1) < 3 * _TOLERANCE
        equal &= np.all(np.abs(lengths[:n] / short - 1) < 2 * _TOLERANCE, axis=1)
        if not equal.any():
            volumes[n], lengths[n] = entry.primitive_volume, short
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
    volume = float(volumes_from_xnn(full_xnn(lattice, refined.x))[0]) / lattice.n_centring
    return Entry(symbol, refined, evidence, tuple(cell.tolist()), niggli, volume)


def short_lengths(niggli: tuple[float, ...]) -> np.ndarray:
    """Lengths of the axes of a reduced cell and of their sums and differences, ascending, in Å, shape (13,).

    The reduced cell jumps where its angles pass from acute to obtuse; these lengths do not.
    """
    metric = direct_metric_from_cells(np.array(niggli))
    return np.sort(np.sqrt(np.einsum("ni,ij,nj->n", _SHORT, metric, _SHORT)))
