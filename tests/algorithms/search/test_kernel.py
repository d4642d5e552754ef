from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from search_data import free_xnn, lines_of, observed

from mlindex_plugin.algorithms.lattice import LINE_NUMBER, lattice_table
from mlindex_plugin.algorithms.search import NO_LINE, merits, optimise
from mlindex_plugin.algorithms.search.assignment import assign, line_buffers

TRICLINIC = (7.1, 8.9, 11.2, 96.0, 104.0, 99.0)


def assigned(q2, gaps):
    """Lines given to peaks; gaps hold (lowest, highest) or None."""
    edges = np.array([g or (np.inf, -np.inf) for g in gaps])
    _, _, _, line, code, chosen = line_buffers(len(q2), 1)
    assign(np.array(q2), edges, np.ones(LINE_NUMBER + 1, np.int64), line, code, chosen)
    return line.tolist(), (code != NO_LINE).tolist()


def test_each_peak_gets_its_nearest_line():
    line, known = assigned([1.0, 2.0, 3.0], [(0.9, 0.9), (1.6, 1.8), (2.1, 2.7), None])
    assert line == [0.9, 2.1, 2.7]
    assert known == [True, True, True]


def test_a_line_is_not_given_to_two_peaks():
    # 1.45 is the nearest of both; the nearer peak keeps it, the other turns to its other side
    assert assigned([1.0, 2.0], [None, (1.45, 1.45), (2.9, 2.9)])[0] == [1.45, 2.9]
    assert assigned([1.0, 2.0], [(0.2, 0.2), (1.55, 1.55), None])[0] == [0.2, 1.55]
    line, known = assigned([1.0, 2.0], [None, (1.45, 1.45), None])
    assert known == [True, False]
    assert line[0] == 1.45


def test_merit_is_the_likelihood_of_the_peaks():
    q2 = lines_of("aP", TRICLINIC, 20)
    shifted = q2.copy()
    shifted[3] = (q2[3] + q2[4]) / 2  # explained by no line
    peaks = observed(shifted)
    (merit,) = merits(lattice_table("aP"), free_xnn("aP", TRICLINIC)[None], peaks)
    t = np.zeros(20)
    t[3] = (shifted[3] - q2[3]) / peaks.sigma[3]
    density = scipy.stats.t.pdf(t, 3) / peaks.sigma
    assert merit == pytest.approx(np.exp(np.mean(np.log(density * q2[-1] / 20 + 0.02))), rel=1e-6)


def test_a_small_cell_that_explains_nothing_has_a_low_merit():
    """A figure that divides by the number of lines would prefer it."""
    q2 = lines_of("aP", TRICLINIC, 40)[::2]
    peaks = observed(q2 + 2e-5)
    true, small = merits(
        lattice_table("aP"), np.array([free_xnn("aP", TRICLINIC), free_xnn("aP", (3.1, 3.3, 3.7, 91, 95, 99))]), peaks
    )
    assert true > 1 > small


@pytest.mark.parametrize(
    "symbol, cell",
    [
        ("aP", TRICLINIC),
        ("mP", (5.93, 7.32, 14.9, 90, 95.4, 90)),
        ("oF", (9.1, 12.3, 15.7, 90, 90, 90)),
        ("hR", (8.1, 8.1, 21.0, 90, 90, 120)),
        ("cI", (9.7, 9.7, 9.7, 90, 90, 90)),
    ],
)
def test_a_cell_nearby_is_optimised_to_the_true_one(symbol, cell):
    peaks = observed(lines_of(symbol, cell, 20))
    true = free_xnn(symbol, cell)
    start = true * (1 + 0.004 * np.random.default_rng(0).standard_normal((200, len(true))))
    best, merit, _ = optimise(lattice_table(symbol), start, peaks, 100, 1, 100)
    np.testing.assert_allclose(best[np.argmax(merit)], true, atol=1e-8)


def test_the_seed_fixes_the_answer():
    peaks = observed(lines_of("aP", TRICLINIC, 20))
    start = free_xnn("aP", TRICLINIC) * (1 + 0.05 * np.random.default_rng(0).standard_normal((50, 6)))
    one, _, done = optimise(lattice_table("aP"), start, peaks, 50, 7, 50)
    np.testing.assert_array_equal(optimise(lattice_table("aP"), start, peaks, 50, 7, 50)[0], one)
    assert not np.array_equal(optimise(lattice_table("aP"), start, peaks, 50, 8, 50)[0], one)
    assert done == 50 * 50


def test_a_stalled_candidate_is_dropped():
    peaks = observed(lines_of("aP", TRICLINIC, 20))
    start = np.repeat(free_xnn("aP", TRICLINIC)[None], 10, axis=0)
    assert optimise(lattice_table("aP"), start, peaks, 1000, 1, 10)[2] <= 10 * 100


def test_a_cell_with_all_lines_beyond_the_last_peak_scores_nothing():
    peaks = observed(np.linspace(0.01, 0.02, 10))
    assert merits(lattice_table("cP"), np.array([[0.5]]), peaks)[0] == 0
