"""Targets of cells."""

from __future__ import annotations

import numpy as np
import pytest
from training_lists import common_cells

from mlindex_plugin.algorithms.lattice import LATTICES, full_xnn, volumes_from_xnn, xnn_from_cells
from mlindex_plugin.models.cell_targets import CellTargets


@pytest.mark.parametrize("symbol", LATTICES)
def test_there_and_back(symbol):
    lattice, rng = LATTICES[symbol], np.random.default_rng(1)
    x = xnn_from_cells(common_cells(symbol, 20, rng))[:, list(lattice.columns)]
    scale = rng.uniform(0.01, 0.1, len(x))
    targets = CellTargets(symbol)
    values = targets.from_xnn(x, scale)
    assert values.shape == x.shape
    np.testing.assert_allclose(targets.to_xnn(values, scale), x, rtol=1e-9, atol=1e-12)
    # a crystal twice as large, seen on its own scale, is the same
    np.testing.assert_allclose(targets.from_xnn(x / 4, scale / 4), values, atol=1e-9)


def test_the_targets_of_a_cell():
    x = xnn_from_cells(np.array([[5.0, 7, 9, 90, 105, 90]]))[:, list(LATTICES["mP"].columns)]
    values = CellTargets("mP").from_xnn(x, np.array([0.04]))
    np.testing.assert_allclose(values, [[0, np.log(1.4), np.log(1.8), np.cos(np.radians(105))]], atol=1e-12)


def test_cosines_that_make_no_cell_are_not_physical():
    targets, scale = CellTargets("aP"), np.ones(2)
    x = targets.to_xnn(np.array([[0, 0, 0, -0.9, -0.9, -0.9], [0, 0, 0, 1.2, 0, 0]]), scale)
    assert not (volumes_from_xnn(full_xnn(LATTICES["aP"], x)) > 0).any()
