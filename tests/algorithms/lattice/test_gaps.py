from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.lattice import LINE_NUMBER, bin_table, fill_gaps


def test_gaps_hold_their_lowest_and_highest_line():
    q2 = np.array([0.1, 0.2])
    lines = np.array([0.19, 0.05, 0.12, 0.25, 0.15])
    edges = np.empty((3, 2))
    assert fill_gaps(5, lines, bin_table(q2, 0.3), edges) == 4
    np.testing.assert_allclose(edges, [[0.05, 0.05], [0.12, 0.19], [0.25, 0.25]], rtol=2e-11)
    np.testing.assert_array_equal(edges.view(np.int64) & LINE_NUMBER, [[1, 1], [2, 0], [3, 3]])


@pytest.mark.parametrize("closeness", [1, 1e-2, 1e-5])
def test_gaps_are_those_of_a_sort(closeness):
    """Also where several peaks share a bin, and at the very limit."""
    rng = np.random.default_rng(0)
    q2 = np.sort(0.1 + closeness * 0.1 * rng.random(20))
    lines = np.append(0.1 + closeness * 0.1 * rng.random(40), 0.2)
    edges = np.empty((21, 2))
    n_lines = fill_gaps(41, lines, bin_table(q2, 0.2), edges)
    assert n_lines == np.sum(lines <= q2[-1])
    for g, pair in enumerate(edges):
        inside = lines[np.searchsorted(q2, lines) == g]
        assert tuple(pair) == ((inside.min(), inside.max()) if len(inside) else (np.inf, -np.inf))
