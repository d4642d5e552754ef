from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_crystals import lines_of, peak_list, ranked

from mlindex_plugin.algorithms.ranking import build_solution, find_alternatives, verdict_of
from mlindex_plugin.algorithms.ranking.verdict import probability_text
from mlindex_plugin.algorithms.search import observe

HEXAGONAL = (4.913, 4.913, 5.405, 90, 90, 120)
SAME_LINES = (2.4565, 4.2548, 5.405, 90, 90, 90)  # oP with the lines of the hexagonal one (Mighell 2004)


@pytest.fixture(scope="module")
def solutions():
    """Two cells with the same lines and a third, without probabilities."""
    peaks = observe(peak_list(lines_of("hP", HEXAGONAL, 20)))
    entries = ranked([("hP", HEXAGONAL), ("oP", SAME_LINES), ("oP", (4.9, 4.2, 5.4, 90, 90, 90))], peaks)
    found = [build_solution(entry, peaks, i, 1.54) for i, entry in enumerate(entries, 1)]
    for i, alternatives in enumerate(find_alternatives(entries, peaks, 1.54)):
        found[i] = replace(found[i], alternatives=alternatives)
    return found


def with_shares(solutions, *shares):
    return [replace(one, probability=share) for one, share in zip(solutions, shares, strict=True)]


def test_found(solutions):
    verdict = verdict_of(with_shares(solutions, 0.93, 0.05, 0.0), 0.02)
    assert verdict.outcome == "found"
    assert verdict.text == "Found: solution 1 has probability 0.93."


def test_found_but_for_a_cell_with_the_same_lines(solutions):
    verdict = verdict_of(with_shares(solutions, 0.7, 0.25, 0.03), 0.02)
    assert verdict.outcome == "ambiguous"
    assert "solutions 1, 2 have the same lines and together probability 0.95" in verdict.text


def test_a_cell_with_other_lines_is_another_candidate(solutions):
    verdict = verdict_of(with_shares(solutions, 0.6, 0.05, 0.25), 0.1)
    assert verdict.outcome == "several"
    assert verdict.text.startswith(
        "Several candidates: solution 1 has probability 0.60, solution 2 has probability 0.05, solution 3 has "
        "probability 0.25, none of these 0.10. What may help: more lines."
    )


def test_none_of_these(solutions):
    verdict = verdict_of(with_shares(solutions, 0.2, 0.0, 0.0), 0.8)
    assert verdict.outcome == "not_found"
    assert "0.80" in verdict.text
    assert verdict_of([], 1.0).outcome == "not_found"


def test_what_helps_is_told_by_the_best_cell(solutions):
    best = replace(solutions[0], probability=0.1, alternatives=())
    foreign = best.indexed & (np.arange(20) % 4 > 0)
    worse = replace(best, n_peaks=14, indexed=foreign, n_indexed=10)
    text = verdict_of([worse], 0.9).text
    assert "more lines (14 were used)" in text
    assert "leaves 4 of 14 lines" in text
    assert "zero shift of -0.12°" in verdict_of([replace(best, zero_shift=-0.12)], 0.9).text
    off = replace(best, q2_calc=best.q2_obs + 2.5 * best.sigma, zero_shift=0.0)
    assert "more than 2.5 standard errors" in verdict_of([off], 0.9).text
    assert verdict_of([replace(best, zero_shift=0.0)], 0.9).text.endswith("What may help: more lines.")


@pytest.mark.parametrize("p, text", [(0.0, "<0.01"), (0.0051, "0.01"), (0.5, "0.50"), (0.994, "0.99"), (1.0, ">0.99")])
def test_no_probability_is_shown_as_certain(p, text):
    assert probability_text(p) == text
