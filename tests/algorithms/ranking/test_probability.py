from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_crystals import lines_of, peak_list, ranked

from mlindex_plugin.algorithms.ranking import probabilities
from mlindex_plugin.algorithms.ranking.probability import ProbabilityConstants, weights
from mlindex_plugin.algorithms.search import observe

CELL = (7.4, 5.9, 14.9, 90, 95.4, 90)
CONSTANTS = ProbabilityConstants(temperature=0.5, none=2.0, astray=0.0)


@pytest.fixture(scope="module")
def entries():
    a, b, c, *angles = CELL
    peaks = observe(peak_list(lines_of("mP", CELL, 20)))
    return ranked([("mP", CELL), ("mP", (2 * a, b, c, *angles)), ("mP", (a, 2 * b, c, *angles))], peaks)


def test_shares_follow_the_evidence():
    share, none = weights(np.array([6.0, 4.0, -1000.0]), CONSTANTS)
    total = np.exp(3) + np.exp(2) + np.exp(1)
    np.testing.assert_allclose([*share, none], [np.exp(3) / total, np.exp(2) / total, 0, np.exp(1) / total], atol=1e-12)


def test_a_share_of_lists_leads_astray():
    evidence = np.array([6.0, 4.0])
    share, none = weights(evidence, CONSTANTS)
    with_astray, rest = weights(evidence, replace(CONSTANTS, astray=0.1))
    np.testing.assert_allclose(with_astray, 0.9 * share)
    assert rest == pytest.approx(0.1 + 0.9 * none)


def test_evidence_far_from_one_does_not_overflow():
    share, none = weights(np.array([5000.0, -5000.0]), CONSTANTS)
    assert share.tolist() == [1, 0]
    assert none == 0


def test_different_lattices_and_none_add_up_to_one(entries):
    close = [replace(entry, evidence=10.0 - i) for i, entry in enumerate(entries)]
    p, none = probabilities(close, CONSTANTS)
    assert p.sum() + none == pytest.approx(1)
    assert p[0] / p[1] == pytest.approx(np.exp(0.5))


def test_two_refinements_of_one_lattice_are_one_answer(entries):
    first, second = (replace(entry, evidence=10.0) for entry in entries[:2])
    nearly = replace(first, niggli=tuple(np.array(first.niggli) * (1.004, 1, 1, 1, 1, 1)), evidence=9.0)
    p, none = probabilities([first, second, nearly], CONSTANTS)
    assert p[0] == pytest.approx(p[2])
    assert p[0] + p[1] + none == pytest.approx(1)
    assert p[0] / p[1] == pytest.approx(1 + np.exp(-0.5))
    further = replace(nearly, niggli=tuple(np.array(first.niggli) * (1.02, 1, 1, 1, 1, 1)))
    assert probabilities([first, second, further], CONSTANTS)[0][0] == pytest.approx(
        probabilities([first, second, further], CONSTANTS)[0][1]
    )


def test_nothing_found_is_none_of_these():
    p, none = probabilities([])
    assert (len(p), none) == (0, 1.0)


def test_an_exact_list_is_sure_and_random_lines_are_not(entries):
    p, _ = probabilities(entries)
    assert p[0] == pytest.approx(0.95, abs=1e-3)  # the rest for lists that lead astray
    rng = np.random.default_rng(3)
    peaks = observe(peak_list(np.sort(rng.uniform(0.01, 0.15, 20))))
    _, none = probabilities(ranked([("mP", CELL), ("oP", (7.4, 5.9, 14.9, 90, 90, 90))], peaks))
    assert none > 0.5
