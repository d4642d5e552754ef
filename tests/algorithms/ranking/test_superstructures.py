from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from known_crystals import lines_of, peak_list, refined
from scipy.special import betaln

from mlindex_plugin.algorithms.ranking import log_evidence
from mlindex_plugin.algorithms.ranking.evidence import EvidenceConstants
from mlindex_plugin.algorithms.ranking.superstructures import superstructure_ratio
from mlindex_plugin.algorithms.search import observe

CELL = (6.2, 8.1, 13.3, 90, 90, 90)
HALF = (6.2, 8.1, 6.65, 90, 90, 90)


def counted(main, n_main, n_distinct):
    """What the ratio needs of one refined candidate."""
    return SimpleNamespace(
        main=np.array([main], dtype=np.uint64), n_main=np.array([n_main]), n_distinct=np.array([n_distinct])
    )


def seen(n, n_lines):
    return betaln(n + 1, n_lines - n + 1)


def test_the_ratio_is_that_of_two_shares_to_one():
    # 3 of 4 main lines and 1 of 10 others for the first substructure, 2 of 7 and 2 of 7 for the second
    one = counted([0b11, 0b01, 0b11, 0b00, 0b11], [4, 7], 14)
    matched = np.array([[True, True, True, True, False]])
    two_shares = seen(3, 4) + seen(1, 10) - seen(4, 14)
    (ratio,) = superstructure_ratio(one, matched, 0.2)
    # the second has three of four matched among its seven main lines, hence also the larger share
    main = seen(2, 7) + seen(2, 7) - seen(4, 14)
    assert ratio == pytest.approx(np.log(0.8 + 0.2 * np.exp(two_shares) / 2), abs=1e-12)
    assert main != two_shares  # equal shares are no superstructure, and do not count


def test_main_lines_that_are_the_weaker_ones_are_no_superstructure():
    one = counted([0b1, 0b0, 0b0, 0b0], [9], 13)
    (ratio,) = superstructure_ratio(one, np.ones((1, 4), dtype=bool), 0.2)
    assert ratio == pytest.approx(np.log(0.8), abs=1e-12)


def superstructure_lines(n_weak):
    """Lines of the half cell, and the lowest n of those that the whole cell has alone."""
    every, half = lines_of("oP", CELL, 40), lines_of("oP", HALF, 20)
    weak = [q2 for q2 in every if np.abs(half - q2).min() > 1e-6]
    return np.sort(np.concatenate([half, weak[2 : 2 + n_weak]]))


def advantage(n_weak, **constants):
    """Logarithm of how much likelier the whole cell is than the half."""
    peaks = observe(peak_list(superstructure_lines(n_weak)))
    values = [
        log_evidence(refined("oP", cell, peaks), peaks, EvidenceConstants(**constants))[0] for cell in (CELL, HALF)
    ]
    return values[0] - values[1]


def test_one_weak_line_of_a_superstructure_decides_for_it():
    assert advantage(0) < -6
    assert advantage(1) > 1
    assert advantage(1, superstructure=1e-12) < -3
    assert advantage(2) > advantage(1) + 10
