from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.ranking.visibility import log_visibility
from mlindex_plugin.algorithms.search import N_MULTIPLICITIES, N_RANGES


def counts(lines):
    """Counts by class, shape (1, N_CLASSES), of (range, number of the multiplicity, how many)."""
    by_class = np.zeros((N_RANGES, N_MULTIPLICITIES), int)
    for r, multiplicity, n in lines:
        by_class[r, multiplicity] = n
    return by_class.reshape(1, -1)


def value(seen, lines):
    return log_visibility(counts(seen), counts(lines))[0]


def test_the_probabilities_of_all_that_can_be_seen_are_one():
    # of two lines in one class and one in another each subset is seen, with so many ways
    lines = [(0, 2, 2), (3, 5, 1)]
    total = sum(
        ways * np.exp(value([(0, 2, n), (3, 5, other)], lines))
        for n, ways in ((0, 1), (1, 2), (2, 1))
        for other in (0, 1)
    )
    assert total == pytest.approx(1)


def test_lines_further_out_are_missed_more_often():
    lines = [(r, 2, 10) for r in range(N_RANGES)]
    near = value([(0, 2, 9), (1, 2, 7), (2, 2, 4)], lines)
    far = value([(5, 2, 9), (4, 2, 7), (3, 2, 4)], lines)
    assert near > far + 8


def test_lines_of_low_multiplicity_are_missed_more_often():
    lines = [(0, 0, 10), (0, 8, 10)]
    assert value([(0, 8, 7)], lines) > value([(0, 0, 7)], lines) + 5


def test_each_cell_is_judged_by_itself():
    lines = np.concatenate([counts([(0, 2, 10)]), counts([(0, 2, 40)])])
    seen = np.concatenate([counts([(0, 2, 8)])] * 2)
    both = log_visibility(seen, lines)
    assert both[0] == value([(0, 2, 8)], [(0, 2, 10)])
    assert both[1] < both[0] - 8


def test_more_lines_seen_than_there_are_is_no_accident():
    assert value([(0, 2, 3)], [(0, 2, 2)]) == value([(0, 2, 3)], [(0, 2, 3)])
