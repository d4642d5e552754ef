"""Exact peak lists of known cells, as a search takes them."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, find_lines, lattice_table, xnn_from_cells
from mlindex_plugin.algorithms.search import Observed

WAVELENGTH = 1.54


def free_xnn(symbol, cell):
    """Free xnn of a cell in the setting of the search."""
    return np.ascontiguousarray(xnn_from_cells(np.array(cell, float))[list(LATTICES[symbol].columns)])


def lines_of(symbol, cell, n):
    """The lowest n distinct lines of a cell, 1/Å²."""
    table = lattice_table(symbol)
    lines, codes = np.empty(20000), np.empty(20000, np.int64)
    found = find_lines(table.family, table.centring, table.reps, free_xnn(symbol, cell), 0.5, 20000, lines, codes)
    return np.unique(np.round(lines[:found], 10))[:n]


def observed(q2, degrees=0.02):
    """Peaks with an error that is constant in two-theta."""
    theta = np.arcsin(np.sqrt(q2) * WAVELENGTH / 2)
    sigma = np.radians(degrees) * 2 * np.sin(2 * theta) / WAVELENGTH**2
    return Observed(np.ascontiguousarray(q2), sigma, False, np.empty(0))


def shift_column(q2):
    """Derivative of q2 by a shift of two-theta in degrees."""
    theta = np.arcsin(np.sqrt(q2) * WAVELENGTH / 2)
    return np.radians(1.0) * 2 * np.sin(2 * theta) / WAVELENGTH**2
