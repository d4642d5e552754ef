from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.lattice import solve_normal_equations


@pytest.mark.parametrize("n", [1, 2, 4, 6, 7])
def test_the_solution_is_that_of_numpy(n):
    rng = np.random.default_rng(n)
    design, values = rng.standard_normal((12, n)), rng.standard_normal(12)
    normal, rhs = np.zeros((8, 8)), np.zeros(8)
    normal[:n, :n], rhs[:n] = design.T @ design, design.T @ values
    assert solve_normal_equations(np.tril(normal), rhs, n, 0.0)  # the upper triangle is not looked at
    np.testing.assert_allclose(rhs[:n], np.linalg.lstsq(design, values, rcond=None)[0], rtol=1e-8)


def test_the_unit_does_not_matter():
    design, values = np.random.default_rng(1).standard_normal((2, 9, 3))
    for scale in (1e-8, 1e8):
        rhs = scale * design.T @ values[:, 0]
        assert solve_normal_equations(scale**2 * design.T @ design, rhs, 3, 1e-9)
        np.testing.assert_allclose(scale * rhs, np.linalg.lstsq(design, values[:, 0], rcond=None)[0], rtol=1e-6)


def test_equal_columns_are_singular_and_the_ridge_shares_between_them():
    design = np.ones((5, 2))
    assert not solve_normal_equations(design.T @ design, np.ones(2), 2, 0.0)
    rhs = design.T @ np.full(5, 3.0)
    assert solve_normal_equations(design.T @ design, rhs, 2, 1e-6)
    np.testing.assert_allclose(rhs, 1.5, rtol=1e-5)


def test_a_column_of_nothing_gets_nothing():
    normal, rhs = np.diag([2.0, 0.0]), np.array([4.0, 0.0])
    assert solve_normal_equations(normal, rhs, 2, 1e-9)
    np.testing.assert_allclose(rhs, [2, 0], rtol=1e-6)
