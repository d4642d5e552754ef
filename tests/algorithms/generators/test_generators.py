from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.generators import RandomCells, exhaustive_cells, random_shapes
from mlindex_plugin.algorithms.generators.exhaustive import low_indices
from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    find_lines,
    hkl_design,
    lattice_table,
    volumes_from_xnn,
    xnn_from_cells,
)

Q2 = np.linspace(0.006, 0.09, 20) ** 1.1


@pytest.mark.parametrize("symbol", LATTICES)
def test_random_shapes_have_volume_one(symbol):
    cells = random_shapes(LATTICES[symbol], 500, np.random.default_rng(1))
    assert len(cells) > 300
    np.testing.assert_allclose(volumes_from_xnn(xnn_from_cells(cells)), 1.0, rtol=1e-6)


@pytest.mark.parametrize("symbol", LATTICES)
def test_random_cells_have_a_plausible_number_of_lines(symbol):
    table = lattice_table(symbol)
    x = RandomCells(symbol).generate(Q2, 200, np.random.default_rng(1))
    lines, codes = np.empty(5000), np.empty(5000, np.int64)
    counts = [
        find_lines(table.family, table.centring, table.reps, row, Q2[-1] * (1 + 1e-9), 5000, lines, codes) for row in x
    ]
    assert len(x) > 120
    assert min(counts) >= 17
    assert max(counts) <= 175


@pytest.mark.parametrize("symbol", ["cF", "tI", "hR", "oC", "oP"])
def test_exhaustive_trial_holds_the_true_cell(symbol):
    cell = {
        "cF": (9.1, 9.1, 9.1, 90, 90, 90),
        "tI": (8.2, 8.2, 8.6, 90, 90, 90),
        "hR": (8.6, 8.6, 21.5, 90, 90, 120),
        "oC": (7.1, 17.6, 9.4, 90, 90, 90),
        "oP": (4.8, 6.2, 10.2, 90, 90, 90),
    }[symbol]
    lattice, table = LATTICES[symbol], lattice_table(symbol)
    true = np.ascontiguousarray(xnn_from_cells(np.array(cell, float))[list(lattice.columns)])
    lines, codes = np.empty(5000), np.empty(5000, np.int64)
    n = find_lines(table.family, table.centring, table.reps, true, 1.0, 5000, lines, codes)
    found = exhaustive_cells(lattice, np.sort(lines[:n])[:20], 1e5)
    assert np.min(np.max(np.abs(found / true - 1), axis=1)) < 1e-9


def test_low_indices_are_distinct_and_allowed():
    for symbol in ("cI", "hR", "tP", "oF"):
        rows = hkl_design(LATTICES[symbol], low_indices(LATTICES[symbol]))
        assert len(np.unique(rows, axis=0)) == len(rows)
    assert all((h - k - l) % 3 == 0 or (k - h - l) % 3 == 0 for h, k, l in low_indices(LATTICES["hR"]))  # noqa: E741
