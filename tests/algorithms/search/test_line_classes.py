from __future__ import annotations

import numpy as np
from search_data import free_xnn, observed

from mlindex_plugin.algorithms.lattice import lattice_table
from mlindex_plugin.algorithms.search import N_MULTIPLICITIES, N_RANGES, NO_CLASS, NO_LINE, classify_lines, refine

CUBIC = (6, 6, 6, 90, 90, 90)


def classified(symbol, cell, last, line):
    """Counts as (N_RANGES, N_MULTIPLICITIES), and the classes of the peaks of some lines, numbers from the lowest."""
    table = lattice_table(symbol)
    lines, codes = table.lines(free_xnn(symbol, cell), 1.2 * last, 5000)
    q2 = np.append(lines[line[:-1]], last)
    counts, peak_class = np.zeros(N_RANGES * N_MULTIPLICITIES, np.int16), np.zeros(len(q2), np.int16)
    own, code = q2.copy(), np.append(codes[line[:-1]], NO_LINE)
    sigma = np.full(len(q2), 1e-6)
    shuffled = np.random.default_rng(1).permutation(len(lines))
    *leading, _ = table.codes
    classify_lines(*leading, lines[shuffled], codes[shuffled], len(lines), q2, sigma, own, code, counts, peak_class)
    return counts.reshape(N_RANGES, N_MULTIPLICITIES), peak_class


def test_lines_are_counted_by_range_and_multiplicity():
    # N = h² + k² + l² of 1 to 6 with multiplicities 6, 12, 8, 6, 24, 24, one a range
    counts, peak_class = classified("cP", CUBIC, 6.3 / 36, [0, 1, 2, 3, 4, -1])
    for r, multiplicity in enumerate([3, 5, 4, 3, 7, 7]):
        assert counts[r, multiplicity] == 1
        if r < 5:
            assert peak_class[r] == r * N_MULTIPLICITIES + multiplicity
    assert counts.sum() == 6
    assert peak_class[-1] == NO_CLASS


def test_lines_that_are_not_resolved_are_one_of_their_multiplicities_together():
    # (100), (010), (001) of a nearly cubic cell: multiplicity 2 each, 6 together
    counts, peak_class = classified("oP", (6.0, 6.00001, 6.00002, 90, 90, 90), 1.6 / 36, [0, -1])
    assert counts.sum() == 1
    assert counts[3, 3] == 1
    assert peak_class[0] == 3 * N_MULTIPLICITIES + 3


def test_refined_candidates_have_their_lines_by_class():
    q2 = np.arange(1, 7) / 36
    refined = refine(lattice_table("cP"), free_xnn("cP", CUBIC)[None], observed(q2), with_shift=False)
    assert refined.n_distinct[0] == refined.class_counts.sum() == 6
    np.testing.assert_array_equal(refined.peak_class[0] % N_MULTIPLICITIES, [3, 5, 4, 3, 7, 7])
