from __future__ import annotations

from dataclasses import replace

import pytest
from known_crystals import lines_of, peak_list, ranked

from mlindex_plugin.algorithms.ranking import convincing
from mlindex_plugin.algorithms.ranking.frames import companions
from mlindex_plugin.algorithms.search import observe

HEXAGONAL = (4.9137, 4.9137, 5.4047, 90, 90, 120)
COMPANION = (2.45685, 4.25539, 5.4047, 90, 90, 90)
DOUBLED = (4.9137, 4.9137, 10.8094, 90, 90, 120)


@pytest.fixture
def observed():
    return observe(peak_list(lines_of("hP", HEXAGONAL, 20)))


def entry(symbol, cell, observed, evidence):
    return replace(ranked([(symbol, cell)], observed)[0], evidence=evidence)


def test_the_companion_of_a_hexagonal_lattice_is_known(observed):
    cells = [("oP", COMPANION), ("hP", DOUBLED), ("oP", (2.45685, 4.4, 5.4047, 90, 90, 90))]
    others = [entry(symbol, cell, observed, 10.0) for symbol, cell in cells]
    assert companions(entry("hP", HEXAGONAL, observed, 60.0), others) == [True, False, False]
    assert companions(others[1], others[:1]) == [False]
    assert companions(others[0], [entry("hP", HEXAGONAL, observed, 60.0)]) == [True]


def test_a_search_does_not_go_on_for_a_cell_with_the_same_lines(observed):
    best, same = entry("hP", HEXAGONAL, observed, 60.0), entry("oP", COMPANION, observed, 58.0)
    other = entry("hP", DOUBLED, observed, 57.0)
    assert convincing([best, same], observed)
    for entries in ([best, other], [best, same, other]):
        assert not convincing(entries, observed)
