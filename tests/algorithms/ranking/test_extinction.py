from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cctbx import crystal, miller
from known_crystals import WAVELENGTH, peak_list, ranked

from mlindex_plugin.algorithms.ranking import Solution, build_solution, with_extinction
from mlindex_plugin.algorithms.ranking.extinction import Extinction, extinction_symbols, probable
from mlindex_plugin.algorithms.search import observe

# search setting (a < b < c; monoclinic: the two shortest of the ac plane), true group on the axes of the solution
CASES = {
    "P 1 21/c 1": ("mP", (7.4, 5.9, 14.9, 90, 95.4, 90)),
    "P 1 21/n 1": ("mP", (7.4, 5.9, 14.9, 90, 95.4, 90)),
    "P 1 21/a 1": ("mP", (7.4, 5.9, 14.9, 90, 95.4, 90)),
    "P 1 21 1": ("mP", (7.4, 5.9, 14.9, 90, 95.4, 90)),
    "P 21 21 21": ("oP", (5.9, 9.3, 13.1, 90, 90, 90)),
    "P n a 21": ("oP", (5.9, 9.3, 13.1, 90, 90, 90)),
    "P c a b": ("oP", (5.9, 9.3, 13.1, 90, 90, 90)),
    "I a -3 d": ("cI", (12.1, 12.1, 12.1, 90, 90, 90)),
    "I 41/a": ("tI", (8.3, 8.3, 13.7, 90, 90, 90)),
    "P 61 2 2": ("hP", (9.1, 9.1, 14.2, 90, 90, 120)),
    "R -3 c": ("hR", (11.2, 11.2, 29.3, 90, 90, 120)),
}


def allowed(cell, space_group, n):
    """The first lines that a space group allows."""
    symmetry = crystal.symmetry(cell, space_group_symbol=space_group)
    q2 = np.sort(miller.build_set(symmetry, False, d_min=1.0).d_star_sq().data().as_numpy_array())
    return q2[np.diff(q2, prepend=0) > 1e-6][:n]


def solution_of(symbol, cell, q2):
    observed = observe(peak_list(np.sort(q2)))
    return build_solution(ranked([(symbol, cell)], observed)[0], observed, 1, WAVELENGTH)


@pytest.mark.parametrize("space_group", CASES)
def test_every_allowed_line_seen_gives_the_true_symbol(space_group):
    symbol, cell = CASES[space_group]
    found = extinction_symbols(solution_of(symbol, cell, allowed(cell, space_group, 40)))
    assert space_group in found[0].space_groups
    assert found[0].probability > 0.7
    assert sum(one.probability for one in found) == pytest.approx(1)


def test_lines_that_a_symbol_forbids_rule_it_out():
    symbol, cell = CASES["P 1 21/c 1"]
    found = extinction_symbols(solution_of(symbol, cell, allowed(cell, "P 1 2 1", 40)))
    assert (found[0].symbol, found[0].space_groups[0]) == ("P 1 - 1", "P 1 m 1")
    assert next(one.probability for one in found if one.symbol == "P 1 21/c 1") < 1e-4


def test_one_foreign_line_on_an_absence_does_not_decide_alone():
    symbol, cell = CASES["I a -3 d"]
    q2 = allowed(cell, "I a -3 d", 30)
    foreign = 2 / 12.1**2  # 1 1 0
    assert np.abs(q2 - foreign).min() > 1e-3
    found = extinction_symbols(solution_of(symbol, cell, np.append(q2, foreign)))
    assert found[0].symbol == "I a - d"


def test_lines_left_out_by_chance_leave_the_truth_in_the_set():
    symbol, cell = CASES["P n a 21"]
    q2 = allowed(cell, "P n a 21", 60)
    rng = np.random.default_rng(5)
    for _ in range(5):
        seen = q2[rng.random(len(q2)) < 0.5]
        named = probable(extinction_symbols(solution_of(symbol, cell, seen)))
        assert "P n a -" in [one.symbol for one in named]
        assert sum(one.probability for one in named) >= 0.9


def test_fewer_lines_say_less():
    symbol, cell = CASES["P n a 21"]
    q2 = allowed(cell, "P n a 21", 40)
    found = [extinction_symbols(solution_of(symbol, cell, q2[:n])) for n in (6, 12, 40)]
    truth = [next(one.probability for one in some if one.symbol == "P n a -") for some in found]
    assert truth[0] < 0.6 < 0.9 < truth[2]
    assert truth[0] < truth[1] < truth[2]


def test_triclinic_lattices_have_one_symbol():
    found = extinction_symbols(
        solution_of("aP", (7.1, 8.9, 11.2, 96, 104, 99), allowed((7.1, 8.9, 11.2, 96, 104, 99), "P 1", 20))
    )
    assert found == (Extinction("P -", 1.0, ("P -1", "P 1")),)


def test_the_smallest_set():
    several = tuple(Extinction(name, p, ()) for name, p in (("a", 0.6), ("b", 0.25), ("c", 0.1), ("d", 0.05)))
    assert [one.symbol for one in probable(several)] == ["a", "b", "c"]
    assert [one.symbol for one in probable(several, 0.5)] == ["a"]
    assert probable(()) == ()


def test_the_first_five_solutions_get_symbols():
    symbol, cell = CASES["P 1 21/c 1"]
    one = solution_of(symbol, cell, allowed(cell, "P 1 21/c 1", 20))
    several = with_extinction([one] * 7)
    assert [bool(solution.extinction) for solution in several] == [True] * 5 + [False] * 2
    assert sum(entry.probability for entry in several[0].extinction) >= 0.99
    assert isinstance(several[6], Solution) and one.extinction == ()


def test_stated_errors_that_are_far_too_small_change_nothing_much():
    symbol, cell = CASES["P 1 21/c 1"]
    one = solution_of(symbol, cell, allowed(cell, "P 1 21/c 1", 30) + np.random.default_rng(3).normal(0, 1e-5, 30))
    too_small = replace(one, sigma=one.sigma / 100, indexed=np.zeros(30, bool), n_indexed=0)
    assert extinction_symbols(too_small)[0].symbol == "P 1 21/c 1"


def test_a_cell_that_explains_nothing_still_gets_probabilities():
    symbol, cell = CASES["P 61 2 2"]
    one = solution_of(symbol, cell, allowed(cell, "P 61 2 2", 20))
    lost = replace(one, q2_calc=one.q2_calc * 1.3, sigma=one.sigma / 1e6)
    found = extinction_symbols(lost)
    assert sum(entry.probability for entry in found) == pytest.approx(1)
    assert np.all(np.isfinite([entry.probability for entry in found]))
