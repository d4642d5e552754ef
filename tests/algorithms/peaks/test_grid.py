from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.peaks.grid import is_grid, is_reciprocal_grid


def test_a_scan_is_a_grid():
    x = np.round(np.arange(5, 90, 0.0131), 3)
    assert is_grid(x) and is_grid(x[::-1])
    assert not is_reciprocal_grid(x)


def test_a_histogram_in_d_is_a_reciprocal_grid():
    d = np.round(1 / np.linspace(1 / 20, 1 / 1.4, 3000), 6)
    assert is_grid(d) and is_reciprocal_grid(d)


@pytest.mark.parametrize("n", [20, 60, 200])
def test_a_list_of_lines_is_no_grid(n):
    index = np.arange(12)
    a, b, c = np.meshgrid(index**2 / 5.9**2, index**2 / 7.3**2, index**2 / 29.2**2)
    q2 = np.unique(np.round(a + b + c, 6))[1 : n + 1]
    for positions in (q2, np.sqrt(q2), 1 / np.sqrt(q2)):
        assert len(positions) == n
        assert not is_grid(positions)


def test_what_is_not_finite_is_no_grid():
    x = np.arange(0, 50, 0.1)
    x[7] = np.nan
    assert not is_grid(x) and not is_reciprocal_grid(x)
