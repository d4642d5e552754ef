"""Bases in which cells of different lattices are compared, and which cells are known to have the same lines."""

from __future__ import annotations

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


def frame_of(symbol: str, x: np.ndarray) -> Frame:
    """The bases of a cell given by its free xnn, shape (n_free,)."""
    return Frame(symbol, cells_from_xnn(full_xnn(LATTICES[symbol], x)))


def same_lattice(metric: np.ndarray, other: np.ndarray) -> bool:
    """Whether two metrics of short primitive axes are of one lattice, nearly."""
    relation = common_sublattice(metric, other)
    return relation is not None and relation.indices == (1, 1)


def companions(entry: Entry, others: list[Entry]) -> list[bool]:
    """Which of the others are known geometric ambiguities of an entry: no line can decide between them and it."""
    if not others:
        return []
    known = [frame_of(symbol, x).metric for symbol, x in same_line_cells([(entry.symbol, entry.refined.x[0])])]
    volumes = np.sqrt([np.linalg.det(metric) for metric in known])
    found = []
    for other in others:
        near = np.flatnonzero(np.abs(volumes / other.primitive_volume - 1) < _SAME_VOLUME)
        metric = Frame(other.symbol, np.array(other.cell)).metric if len(near) else None
        found.append(any(same_lattice(metric, known[i]) for i in near))
    return found
