"""Exact peak lists of known cells, made by cctbx alone, and known cells as ranked entries."""

from __future__ import annotations

import numpy as np
from cctbx import crystal, miller, uctbx

from mlindex_plugin import PeakList
from mlindex_plugin.algorithms.lattice import LATTICES, xnn_from_cells
from mlindex_plugin.algorithms.ranking import rank
from mlindex_plugin.algorithms.search import refine_cells

WAVELENGTH = 1.54
# search settings: mC is body-centred
GROUPS = {symbol: lattice.space_group for symbol, lattice in LATTICES.items()} | {"mC": "I 1 2 1"}


def q2_of(two_theta):
    """1/Å² from degrees."""
    return (2 * np.sin(np.radians(np.asarray(two_theta)) / 2) / WAVELENGTH) ** 2


def two_theta_of(q2):
    """Degrees from 1/Å²."""
    return 2 * np.degrees(np.arcsin(np.sqrt(q2) * WAVELENGTH / 2))


def sigma_of(q2, degrees=0.02):
    """Standard errors that are constant in two-theta."""
    return np.radians(degrees) * 2 * np.sin(np.radians(two_theta_of(q2))) / WAVELENGTH**2


def lines_of(symbol, cell, n):
    """The lowest n distinct lines of a cell in the search setting, 1/Å²."""
    symmetry = crystal.symmetry(unit_cell=cell, space_group_symbol=GROUPS[symbol])
    d_min = 3.0
    while True:
        d = np.array(uctbx.unit_cell(cell).d(miller.build_set(symmetry, False, d_min=d_min).indices()))
        lines = np.unique(np.round(1 / d**2, 10))
        if len(lines) >= n:
            return lines[:n]
        d_min /= 1.3


def peak_list(q2, degrees=0.02, **more):
    """A peak list with errors that are constant in two-theta."""
    return PeakList(np.asarray(q2, float), sigma_of(q2, degrees), **more)


def refined(symbol, cell, observed):
    """A cell in the search setting, refined on peaks."""
    x = xnn_from_cells(np.array(cell, float))[list(LATTICES[symbol].columns)]
    return refine_cells(symbol, x[None], observed)


def ranked(cells, observed):
    """Cells, pairs of lattice and cell in its search setting, refined and ranked."""
    return rank([(symbol, refined(symbol, cell, observed)) for symbol, cell in cells], observed)


def same_lattice(one, other, length=0.002, angle=0.2):
    """Whether two primitive cells are bases of one lattice, by cctbx."""
    one, other = (uctbx.unit_cell(tuple(c)).niggli_cell() for c in (one, other))
    return one.similarity_transformations(other, length, angle).size() > 0
