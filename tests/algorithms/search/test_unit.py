from __future__ import annotations

import numpy as np
from search_data import free_xnn, lines_of, observed

from mlindex_plugin.algorithms.search import Unit, run_unit

CELL = (5.93, 7.32, 14.9, 90, 95.4, 90)


def test_a_unit_finds_the_cell_and_repeats_itself():
    peaks = observed(lines_of("mP", CELL, 20))
    unit = Unit("mP", 0, 1000, 5, 5000.0)
    result = run_unit(unit, peaks)
    assert 0 < len(result.refined) <= 40
    volume = np.prod(CELL[:3]) * np.sin(np.radians(CELL[4]))
    metric = free_xnn("mP", CELL)
    assert np.any(np.abs(result.refined.x[:, 1] - metric[1]) < 1e-7), volume
    again = run_unit(unit, peaks)
    np.testing.assert_array_equal(again.refined.x, result.refined.x)
    assert not np.array_equal(run_unit(Unit("mP", 1, 1000, 5, 5000.0), peaks).refined.x, result.refined.x)


def test_no_cell_is_larger_than_allowed():
    peaks = observed(lines_of("mP", CELL, 20))
    result = run_unit(Unit("mP", 0, 500, 5, 300.0), peaks)
    xhh, xkk, xll, xhl = result.refined.x.T
    assert np.all(1 / np.sqrt(xkk * (xhh * xll - xhl**2 / 4)) <= 310.0)
