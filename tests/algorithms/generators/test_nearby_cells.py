from __future__ import annotations

import numpy as np
from known_crystals import lines_of

from mlindex_plugin.algorithms.generators import nearby_cells
from mlindex_plugin.algorithms.lattice import xnn_from_cells

ALMOST_CUBIC = (9.00, 9.05, 9.09, 90.6, 90.3, 89.8)
CUBIC = (9.05, 9.05, 9.05, 90, 90, 90)


def test_a_distorted_cell_is_found_around_the_cubic_one():
    q2 = lines_of("aP", ALMOST_CUBIC, 60)[[0, 1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 15, 20, 24, 30, 33, 40, 41, 50, 55]]
    found = nearby_cells(xnn_from_cells(np.array(CUBIC, float)), q2, 10_000, np.random.default_rng(1))
    true = np.sort(lines_of("aP", ALMOST_CUBIC, 12))
    h, k, l = np.array([(1, 0, 0), (0, 1, 0), (0, 0, 1)]).T  # noqa: E741
    axes = np.stack([h * h, k * k, l * l, h * k, h * l, k * l], axis=1) @ found.T
    error = np.abs(np.sort(axes, axis=0) - true[:3, None]).max(axis=0) / true[0]
    assert error.min() < 1e-3
    assert np.median(error) > error.min() * 5


def test_choices_solve_their_six_peaks():
    q2 = lines_of("aP", (7.1, 8.9, 11.2, 96.0, 104.0, 99.0), 20)
    x = xnn_from_cells(np.array((7.1, 8.9, 11.2, 96.0, 104.0, 99.0)))
    found = nearby_cells(x, q2, 500, np.random.default_rng(1))
    assert np.min(np.abs(found - x).max(axis=1)) < 1e-8
    np.testing.assert_array_equal(found, nearby_cells(x, q2, 500, np.random.default_rng(1)))


def test_nothing_where_too_few_peaks_have_lines():
    q2 = np.linspace(0.0001, 0.001, 20)
    found = nearby_cells(xnn_from_cells(np.array(CUBIC, float)), q2, 100, np.random.default_rng(1))
    assert found.shape == (0, 6)
