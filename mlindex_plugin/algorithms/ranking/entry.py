"""A refined candidate in the ranking, with its geometry."""

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
from mlindex_plugin.algorithms.search import Refined

_SHORT = np.array([(u, v, w) for u in (0, 1) for v in (-1, 0, 1) for w in (-1, 0, 1) if (u, v, w) > (0, 0, 0)])
N_SHORT = len(_SHORT)
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


def entry_of(symbol: str, refined: Refined, evidence: float) -> Entry | None:
    """A refined candidate, of length one, as an entry; None where it is no cell of a crystal."""
    geometry = geometry_of(symbol, tuple(refined.x[0].tolist()))
    if geometry is None:
        return None
    return Entry(symbol, refined, evidence, geometry.cell, geometry.niggli, geometry.primitive_volume)


@dataclass(frozen=True)
class Geometry:
    """Of a candidate, as in `Entry`, and its `short_lengths`."""

    cell: tuple[float, ...]
    niggli: tuple[float, ...]
    primitive_volume: float
    short: np.ndarray


@lru_cache(maxsize=2048)  # most candidates of a round compete again in the next one
def geometry_of(symbol: str, x: tuple[float, ...]) -> Geometry | None:
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
    return Geometry(tuple(cell.tolist()), niggli, volume, short_lengths(niggli))


def short_lengths(niggli: tuple[float, ...]) -> np.ndarray:
    """Lengths of the axes of a reduced cell and of their sums and differences, ascending, in Å, shape (13,).

    The reduced cell jumps where its angles pass from acute to obtuse; these lengths do not.
    """
    metric = direct_metric_from_cells(np.array(niggli))
    return np.sort(np.sqrt(np.einsum("ni,ij,nj->n", _SHORT, metric, _SHORT)))
