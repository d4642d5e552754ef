from __future__ import annotations

import numpy as np
import pytest
from search_data import lines_of, observed

from mlindex_plugin.algorithms.search import Unit, run_unit, run_units

pytestmark = pytest.mark.usefixtures("one_thread")


def same_cells(x, other):
    """How many rows of xnn are also rows of another list; a and c, and beta and 180 - beta, may be exchanged."""
    if not len(x) or not len(other):
        return 0
    x, other = np.sort(np.abs(x), axis=1), np.sort(np.abs(other), axis=1)
    return int(np.isclose(x[:, None], other[None], rtol=1e-6).all(axis=2).any(axis=1).sum())


def test_units_of_several_patterns_are_those_that_each_would_be_alone():
    monoclinic = observed(lines_of("mP", (5.93, 7.32, 14.9, 90, 95.4, 90), 25) * 1.0001)
    tetragonal = observed(lines_of("tI", (8.1, 8.1, 11.3, 90, 90, 90), 20))
    tasks = [
        (Unit(symbol, block, 60, 5, 2000.0), peaks)
        for peaks in (monoclinic, tetragonal, monoclinic.first(20))
        for symbol, block in (("mP", 0), ("tI", 1))
    ]
    results = run_units(tasks, "cpu")
    assert sum(len(result.refined) for result in results) > 50
    for (unit, peaks), result in zip(tasks, results, strict=True):
        alone = run_unit(unit, peaks)
        assert (result.symbol, result.n_candidates) == (unit.symbol, alone.n_candidates)
        # a line exactly at a peak, as generators make them, may fall to either side of it
        assert same_cells(result.refined.x, alone.refined.x) >= 0.8 * len(alone.refined)
        assert same_cells(result.refined.x[:1], alone.refined.x) == min(1, len(alone.refined))
