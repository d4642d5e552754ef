from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.generators.template_solver import solve_templates
from mlindex_plugin.algorithms.lattice import LATTICES, hkl_design, xnn_from_cells

CELLS = {
    "aP": (6.1, 7.7, 11.3, 95, 101, 108),
    "mP": (6.1, 7.7, 11.3, 90, 101, 90),
    "oP": (6.1, 7.7, 11.3, 90, 90, 90),
    "hR": (6.1, 6.1, 21.3, 90, 90, 120),
    "cP": (6.1, 6.1, 6.1, 90, 90, 90),
}


def known_template(symbol, n=20):
    """Design of n low lines in order of position, their true positions and xnn."""
    lattice = LATTICES[symbol]
    x = xnn_from_cells(np.array(CELLS[symbol], float))[list(lattice.columns)]
    grid = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    design = np.unique(hkl_design(lattice, grid[grid.any(axis=1)]), axis=0)
    design = design[np.argsort(design @ x)][:n]
    return design, design @ x, x


def reference(design, q2, n_iterations):
    """The document's algorithm, one template, with numpy.linalg.lstsq."""
    weight, used = 1 / q2, 0
    for _ in range(n_iterations):
        used += 1
        x = np.linalg.lstsq(design * weight[:, None], q2 * weight, rcond=None)[0]
        order = np.argsort(design @ x, kind="stable")
        design = design[order]
        if np.all(order == np.arange(len(q2))):
            break
        weight = 1 / np.sqrt(q2 * np.maximum(np.abs(q2 - design @ x), 1e-4 * q2))
    return x, np.mean(np.abs(1 - design @ x / q2)), used


@pytest.mark.parametrize("symbol", CELLS)
def test_exact_peaks_give_the_exact_cell(symbol):
    design, q2, x = known_template(symbol)
    every = np.arange(20)[None]
    solved, loss, iterations = solve_templates(design[None].astype(np.int16), np.array([0]), every, every, q2)
    np.testing.assert_allclose(solved[0], x, rtol=1e-6, atol=1e-9)
    assert loss[0] < 1e-6
    assert iterations[0] == 1


@pytest.mark.parametrize("symbol", CELLS)
def test_every_iteration_is_that_of_numpy(symbol):
    rng = np.random.default_rng(4)
    design, q2, _ = known_template(symbol)
    templates = np.array([design[np.argsort(np.arange(20) + rng.normal(0, 2, 20))] for _ in range(12)])
    q2 = np.sort(q2 * (1 + 0.03 * rng.standard_normal(20)))
    every = np.arange(20)[None]
    for n_iterations in (1, 3, 10):
        x, loss, used = solve_templates(templates.astype(np.int16), np.arange(12), every, every, q2, n_iterations)
        for t in range(12):
            expected, expected_loss, expected_used = reference(templates[t], q2, n_iterations)
            np.testing.assert_allclose(x[t], expected, rtol=1e-4, atol=1e-7)
            assert loss[t] == pytest.approx(expected_loss, rel=1e-3)
            assert used[t] == expected_used


def test_rows_and_peaks_left_out():
    design, q2, x = known_template("mP")
    observed = np.insert(np.delete(q2, 4), 9, (q2[9] + q2[10]) / 2)  # line 4 missing, peak 9 of another phase
    observed = np.sort(observed)
    contaminant = int(np.flatnonzero(~np.isin(observed, q2))[0])
    rows, peaks = np.delete(np.arange(20), 4)[None], np.delete(np.arange(20), contaminant)[None]
    solved, loss, _ = solve_templates(design[None].astype(np.int16), np.array([0]), rows, peaks, observed)
    np.testing.assert_allclose(solved[0], x, rtol=1e-6, atol=1e-9)
    assert loss[0] < 1e-6


def test_axis_that_no_row_has_is_zero_as_in_the_least_norm_solution():
    design, q2, _ = known_template("oP")
    design[:, 2] = 0
    every = np.arange(20)[None]
    x, _, _ = solve_templates(design[None].astype(np.int16), np.array([0]), every, every, q2)
    assert x[0, 2] == 0
    assert np.all(x[0, :2] > 0)
