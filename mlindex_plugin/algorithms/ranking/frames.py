"""Bases in which cells of different lattices are compared, and which cells are known to have the same lines."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    cells_from_xnn,
    common_sublattice,
    conventional_basis,
    direct_metric_from_cells,
    full_xnn,
    same_line_cells,
    short_primitive_basis,
    xnn_from_metric,
)
from mlindex_plugin.algorithms.ranking.entry import Entry

_SAME_VOLUME = 0.03  # relative; lattices further apart are not compared


class Frame:
    """The bases of a cell in its search setting.

    Attributes
    ----------
    metric : numpy.ndarray, shape (3, 3)
        Of short primitive axes, Å².
    axes : numpy.ndarray, shape (3, 3)
        Rows are the conventional axes in terms of them.
    cell : numpy.ndarray, shape (6,)
        The conventional cell, Å and degrees.
    """

    def __init__(self, symbol: str, cell: np.ndarray):
        lattice = LATTICES[symbol]
        short, conventional = short_primitive_basis(lattice, cell), conventional_basis(lattice, cell)
        search = direct_metric_from_cells(cell)
        self.metric = short @ search @ short.T
        self.axes = conventional @ np.linalg.inv(short)
        cell_metric = conventional @ search @ conventional.T
        self.cell = np.round(cells_from_xnn(xnn_from_metric(np.linalg.inv(cell_metric))), 8)


@lru_cache(maxsize=2048)  # most cells of a round compete again in the next one
def short_metric(symbol: str, cell: tuple[float, ...]) -> np.ndarray:
    """Metric of short primitive axes, shape (3, 3) in Å², of a cell in its search setting."""
    short = short_primitive_basis(LATTICES[symbol], np.array(cell))
    return short @ direct_metric_from_cells(np.array(cell)) @ short.T


def same_lattice(metric: np.ndarray, other: np.ndarray) -> bool:
    """Whether two metrics of short primitive axes are of one lattice, nearly."""
    relation = common_sublattice(metric, other)
    return relation is not None and relation.indices == (1, 1)


@lru_cache(maxsize=4096)  # the same cells are compared round after round
def index_of_sublattice(lattice: tuple, sublattice: tuple) -> int | None:
    """Index of one lattice in another that holds it, nearly; None where it does not.

    Parameters
    ----------
    lattice, sublattice : (str, tuple of 6 float)
        Bravais lattices and cells in their search settings.
    """
    relation = common_sublattice(short_metric(*lattice), short_metric(*sublattice))
    return relation.indices[0] if relation is not None and relation.indices[1] == 1 else None


def companions(entry: Entry, others: list[Entry]) -> list[bool]:
    """Which of the others are known geometric ambiguities of an entry: no line can decide between them and it."""
    known = same_line_metrics(entry.symbol, tuple(entry.refined.x[0].tolist())) if others else []
    volumes = np.array([np.sqrt(np.linalg.det(metric)) for metric in known])
    found = []
    for other in others:
        near = np.flatnonzero(np.abs(volumes / other.primitive_volume - 1) < _SAME_VOLUME)
        found.append(any(same_lattice(short_metric(other.symbol, other.cell), known[i]) for i in near))
    return found


@lru_cache(maxsize=2048)
def same_line_metrics(symbol: str, x: tuple[float, ...]) -> list[np.ndarray]:
    """Metrics of short primitive axes, shape (3, 3) in Å², of the geometric ambiguities of a cell."""
    cells = same_line_cells([(symbol, np.array(x))])
    full = [(partner, full_xnn(LATTICES[partner], own)) for partner, own in cells]
    return [short_metric(partner, tuple(cells_from_xnn(own).tolist())) for partner, own in full]
