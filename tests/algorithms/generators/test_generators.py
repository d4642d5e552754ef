from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.generators import exhaustive_cells, random_cells, random_shapes, template_cells
from mlindex_plugin.algorithms.generators.exhaustive import low_indices
from mlindex_plugin.algorithms.generators.templates import build_templates, solve_templates
from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    find_lines,
    full_xnn,
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
    lattice, table = LATTICES[symbol], lattice_table(symbol)
    x = random_cells(lattice, Q2, 200, np.random.default_rng(1))
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


def test_template_of_a_peak_list_gives_its_cell_back():
    lattice = LATTICES["mP"]
    true = xnn_from_cells(np.array([5.93, 7.32, 14.9, 90, 95.4, 90]))[[0, 1, 2, 4]]
    hkl = np.array([(0, 0, 1), (0, 1, 1), (1, 0, 0), (-1, 0, 1), (0, 0, 2), (1, 0, 1), (1, 1, 0), (0, 2, 1)])
    q2 = hkl_design(lattice, hkl) @ true
    order = np.argsort(q2)
    swapped = hkl[order][[1, 0, 2, 3, 4, 5, 6, 7]]  # two neighbours in the wrong order: reordering mends it
    (x,) = solve_templates(hkl_design(lattice, swapped[None]), q2[order])
    np.testing.assert_allclose(x, true, rtol=1e-4)


def test_templates_are_unique_and_deterministic():
    templates = build_templates(LATTICES["aP"], 20, 300)
    assert templates.shape[1:] == (20, 3)
    assert len(np.unique(templates.reshape(len(templates), -1), axis=0)) == len(templates)
    build_templates.cache_clear()
    np.testing.assert_array_equal(build_templates(LATTICES["aP"], 20, 300), templates)


def test_template_cells_scale_with_the_peaks():
    rng = np.random.default_rng(3)
    x = template_cells(LATTICES["oP"], Q2, 300, rng)
    rng = np.random.default_rng(3)
    np.testing.assert_allclose(template_cells(LATTICES["oP"], 4 * Q2, 300, rng), 4 * x, rtol=1e-2, atol=1e-4)
    assert np.median(volumes_from_xnn(full_xnn(LATTICES["oP"], x[np.all(x > 0, axis=1)]))) > 100
