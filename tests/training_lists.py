"""Small training sets of primitive lattices: complete lists of random cells."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.generators.random_cells import random_shapes
from mlindex_plugin.algorithms.lattice import LATTICES, hkl_design, xnn_from_cells
from mlindex_plugin.algorithms.training.training_set import N_PEAKS, TrainingSet


def common_cells(symbol, n, rng):
    """Compact random cells of the volumes of small molecules, axes in the order of the common setting."""
    cells = random_shapes(LATTICES[symbol], 4 * n, rng)
    cells[:, :3] *= rng.uniform(8, 11, len(cells))[:, None]
    cells = cells[(cells[:, :3].min(axis=1) > 4) & (cells[:, :3].max(axis=1) < 20)][:n]
    if LATTICES[symbol].system in ("orthorhombic", "triclinic"):
        cells[:, :3] = np.sort(cells[:, :3], axis=1)
    return cells


def make_training_set(symbol, n, seed=0, n_groups=1):
    """Complete, exact lists of the first lines; groups by turns."""
    rng = np.random.default_rng(seed)
    lattice, cells = LATTICES[symbol], common_cells(symbol, n, rng)
    x = xnn_from_cells(cells)[:, list(lattice.columns)]
    axis = np.arange(-6, 7)
    hkl = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    hkl = hkl[hkl.any(axis=1)]
    _, first = np.unique(hkl_design(lattice, hkl), axis=0, return_index=True)
    hkl = hkl[first]
    lines = x @ hkl_design(lattice, hkl).T
    order = np.argsort(lines, axis=1)[:, :N_PEAKS]
    q2 = np.take_along_axis(lines, order, axis=1)
    group = np.arange(len(x)) % n_groups
    names = tuple(f"{symbol}-{i + 1}" for i in range(n_groups))
    return TrainingSet(symbol, q2, hkl[order].astype(np.int16), x, cells, group, names, np.arange(len(x)))
