from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from known_crystals import lines_of

from mlindex_plugin.algorithms.benchmark.searches import Search, Truth, first_peaks
from mlindex_plugin.algorithms.benchmark.verdict import explains, judge, kind_of_failure, right_lattices
from mlindex_plugin.algorithms.lattice import two_theta_from_q2
from mlindex_plugin.algorithms.peaks import peaks_from_positions

CELL = (5.12, 5.12, 8.37, 90.0, 90.0, 90.0)
DOUBLED = (5.12, 5.12, 16.74, 90.0, 90.0, 90.0)
QUICK = "search { bravais_lattices = tP tI\n effort = quick }"


@pytest.fixture(scope="module")
def search():
    two_theta = two_theta_from_q2(lines_of("tP", CELL, 20), 1.5406)
    peaks = peaks_from_positions(two_theta, "two_theta", wavelength=1.5406)
    return Search("ideal", False, "x", peaks, Truth("tP", CELL))


@pytest.fixture(scope="module")
def right(search):
    return judge(search, QUICK)


def test_a_cell_that_is_found(right):
    assert (right["rank"], right["rank_bravais"], right["rank_strict"]) == (1, 1, 1)
    assert right["failure"] is None and right["explains"] and right["error"] is None
    assert right["best"]["unit_cell"] == pytest.approx(CELL, abs=1e-3)
    assert right["best"]["bravais_lattice"] == "tP" and right["best"]["n_indexed"] == 20
    assert right["best"]["score"] == right["scores"][0] >= right["scores"][1]
    assert right["best"]["probability"] is None or 0 <= right["best"]["probability"] <= 1
    assert right["true"]["score"] == pytest.approx(right["scores"][0], abs=0.5)
    assert right["n_used"] == 20 and right["candidates"] > 100
    assert 0 < right["processor_seconds"] and 0 < right["seconds"]


def test_a_wrong_cell_that_explains_the_pattern_is_a_failure_of_the_ranking(search):
    verdict = judge(replace(search, truth=Truth("tP", DOUBLED)), QUICK)
    assert verdict["rank"] != 1 and verdict["failure"] == "ranking"
    assert verdict["explains"]  # the smaller cell has the same lines, and no others
    assert verdict["true"]["n_indexed"] == 20 and verdict["true"]["score"] < verdict["best"]["score"]


def test_the_lattice_may_be_given(search):
    verdict = judge(replace(search, truth=Truth("tI", CELL)).of_known_lattice(), QUICK)
    assert verdict["best"] is None or verdict["best"]["bravais_lattice"] == "tI"
    assert verdict["rank_bravais"] is None


def test_a_list_that_is_refused_is_a_result(search):
    short = replace(search, peaks=first_peaks(search.peaks, 3))
    verdict = judge(short, "search { bravais_lattices = aP }")
    assert "too few" in verdict["error"]
    assert (verdict["rank"], verdict["failure"], verdict["explains"]) == (None, "refused", False)


def test_the_zero_shift_may_be_fixed(search, right):
    assert right["best"]["zero_shift"] == pytest.approx(0, abs=0.005) and 0 < right["best"]["zero_shift_sigma"] < 0.04
    fixed = judge(search, f"{QUICK}\nsearch.zero_shift = fix")
    assert fixed["rank"] == 1
    for which in ("best", "true"):
        assert fixed[which]["zero_shift"] is None and fixed[which]["zero_shift_sigma"] is None
    without = replace(search, peaks=replace(search.peaks, unit="q"))
    assert "search.zero_shift=refine needs" in judge(without, f"{QUICK}\nsearch.zero_shift = refine")["error"]


def solution(score, n_indexed):
    return SimpleNamespace(figures_of_merit={"score": score}, n_indexed=n_indexed)


def test_kinds_of_failure():
    assert kind_of_failure(None, solution(5.0, 20)) == "search"
    assert kind_of_failure(solution(4.0, 20), solution(5.0, 20)) == "search"
    assert kind_of_failure(solution(6.0, 20), solution(5.0, 20)) == "ranking"
    assert kind_of_failure(solution(6.0, 20), None) == "ranking"


def test_explaining_needs_the_lines_and_the_score():
    true = solution(50.0, 40)
    assert explains(solution(50.0, 38), true)
    assert not explains(solution(50.0, 37), true)
    assert not explains(solution(49.9, 40), true)
    assert not explains(solution(49.9, 40), None)
    assert not explains(solution(-3.0, 40), solution(-8.0, 40))  # no better than chance


def test_lattice_of_the_metric_counts_as_right():
    assert right_lattices(Truth("mP", (5.0, 6.0, 7.0, 90, 90.0, 90))) == {"mP", "oP"}
    assert right_lattices(Truth("mP", (5.0, 6.0, 7.0, 90, 93.0, 90))) == {"mP"}
    c = np.sqrt(2) * 5.0
    assert right_lattices(Truth("tI", (5.0, 5.0, c, 90, 90, 90))) == {"tI", "cF"}
