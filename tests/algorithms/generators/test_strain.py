from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.generators import random_shapes
from mlindex_plugin.algorithms.generators.strain import strained
from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    cells_from_xnn,
    full_xnn,
    reciprocal_metric,
    volumes_from_xnn,
    xnn_from_cells,
)


@pytest.mark.parametrize("symbol", LATTICES)
def test_no_row_changes_by_more_than_a_few_strains(symbol):
    lattice, rng = LATTICES[symbol], np.random.default_rng(1)
    x = xnn_from_cells(random_shapes(lattice, 400, rng))[:, list(lattice.columns)]
    moved = strained(lattice, x, np.full(len(x), 0.01), rng)
    rows = rng.integers(-5, 6, size=(40, 3)).astype(float)
    rows = rows[rows.any(axis=1)]
    q2 = [np.einsum("ri,nij,rj->nr", rows, reciprocal_metric(full_xnn(lattice, c)), rows) for c in (x, moved)]
    change = np.sqrt(q2[1] / q2[0]) - 1
    assert change.std() == pytest.approx(0.008, abs=0.003)
    assert np.abs(change).max() < 0.08
    assert np.all(np.isfinite(volumes_from_xnn(full_xnn(lattice, moved))))


def test_system_is_kept_and_all_free_parameters_move():
    for symbol in ("cP", "tP", "hP", "oP", "mP", "aP"):
        lattice, rng = LATTICES[symbol], np.random.default_rng(2)
        x = xnn_from_cells(random_shapes(lattice, 200, rng))[:, list(lattice.columns)]
        moved = strained(lattice, x, np.full(len(x), 0.01), rng)
        before, after = (cells_from_xnn(full_xnn(lattice, c)) for c in (x, moved))
        change = np.abs(after / before - 1).mean(axis=0)
        free = {"cP": 3, "tP": 3, "hP": 3, "oP": 3, "mP": 4, "aP": 6}[symbol]
        assert np.sum(change > 0.001) == free
        assert np.linalg.matrix_rank((moved / x - 1) - (moved / x - 1).mean(axis=0)) == lattice.n_free


def test_each_cell_has_a_strain_of_its_own():
    lattice, rng = LATTICES["oP"], np.random.default_rng(3)
    x = np.tile([0.01, 0.02, 0.03], (2000, 1))
    change = np.abs(strained(lattice, x, np.repeat([0.0, 0.03], 1000), rng) / x - 1).mean(axis=1)
    assert change[:1000].max() < 1e-12
    assert change[1000:].mean() > 0.03
