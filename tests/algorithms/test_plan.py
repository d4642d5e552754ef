from __future__ import annotations

import numpy as np
import pytest
from cctbx import uctbx
from known_crystals import lines_of
from libtbx import Auto

from mlindex_plugin import InputError, PeakList
from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.plan import largest_volume, make_plans, searchable, trial_lengths
from mlindex_plugin.algorithms.search import observe


def candidates(plan, symbol):
    return sum(block.n_candidates for blocks in plan.rounds for block in blocks if block.symbol == symbol)


def test_all_means_fourteen():
    symbols, skipped = searchable(["all"], 20, "peaks")
    assert symbols == tuple(LATTICES) and len(symbols) == 14
    assert skipped == {}


@pytest.mark.parametrize("words", [["mP", "aP"], ["mP,aP"], ["aP+mP"], ["mP,", "aP"], ["mP mP aP"]])
def test_some_lattices_in_any_spelling(words):
    assert searchable(words, 20, "peaks") == (("mP", "aP"), {})


@pytest.mark.parametrize("symbol", LATTICES)
def test_a_lattice_needs_two_peaks_more_than_parameters(symbol):
    needed = LATTICES[symbol].n_free + 2
    assert searchable([symbol], needed, "peaks") == ((symbol,), {})
    with pytest.raises(InputError, match=f"^lines.txt: {needed - 1} peaks .* {symbol}; give at least {needed}.$"):
        searchable([symbol], needed - 1, "lines.txt")


def test_lattices_with_too_many_parameters_are_skipped_with_a_sentence():
    symbols, skipped = searchable(["all"], 5, "peaks")
    assert symbols == ("cF", "cI", "cP", "hP", "hR", "tI", "tP", "oF", "oI", "oC", "oP")
    assert skipped == {
        "mC": "5 peaks are too few: 4 parameters need 6.",
        "mP": "5 peaks are too few: 4 parameters need 6.",
        "aP": "5 peaks are too few: 6 parameters need 8.",
    }


@pytest.mark.parametrize(
    "words, told", [(["mQ"], "=mQ: not a Bravais"), ([], "empty"), (None, "empty"), ([","], "empty")]
)
def test_no_lattice_is_an_error(words, told):
    with pytest.raises(InputError, match=f"^search.bravais_lattices.*{told}"):
        searchable(words, 20, "peaks")


@pytest.mark.parametrize(
    "available, wanted, lengths",
    [
        (60, None, (20, 40)),
        (30, None, (20, 30)),
        (24, None, (20,)),
        (12, None, (12,)),
        (60, 33, (33,)),
        (12, 33, (12,)),
    ],
)
def test_twenty_peaks_first_and_more_where_there_are_more(available, wanted, lengths):
    assert trial_lengths(available, Auto if wanted is None else wanted) == lengths


def test_effort_scales_the_candidates():
    quick, normal, thorough = (make_plans(tuple(LATTICES), effort, 1)[0] for effort in ("quick", "normal", "thorough"))
    for symbol in LATTICES:
        assert 2 < candidates(normal, symbol) / candidates(quick, symbol) < 6
        assert candidates(thorough, symbol) == pytest.approx(4 * candidates(normal, symbol), rel=0.01)
    with pytest.raises(InputError, match="^search.effort=heroic: choose one of quick normal thorough"):
        make_plans(("aP",), "heroic", 1)


def test_every_lattice_comes_first_and_no_block_twice():
    for plan in make_plans(tuple(LATTICES), "normal", 2):
        assert sorted(block.symbol for block in plan.rounds[0]) == sorted(LATTICES)
        blocks = [(block.symbol, block.number) for blocks in plan.rounds for block in blocks]
        assert len(set(blocks)) == len(blocks)
        assert all({block.symbol for block in blocks} == {"oP", "mP", "mC", "aP"} for blocks in plan.rounds[1:])


def test_a_plan_without_cheap_or_without_dear_lattices():
    (cheap,) = make_plans(("cP", "tP"), "quick", 1)
    assert [{block.symbol for block in blocks} for blocks in cheap.rounds] == [{"cP", "tP"}]
    (dear,) = make_plans(("mP",), "quick", 1)
    assert {block.symbol for blocks in dear.rounds for block in blocks} == {"mP"}


@pytest.mark.parametrize(
    "symbol, cell",
    [
        ("aP", (7.1, 8.9, 11.2, 96, 104, 99)),
        ("mC", (9.3, 7.7, 11.5, 90, 102, 90)),
        ("oF", (9.1, 12.3, 15.7, 90, 90, 90)),
    ],
)
def test_the_largest_volume_has_twelve_lines_to_each_peak(symbol, cell):
    q2 = lines_of(symbol, cell, 1000)[99::100]  # a hundred lines to each peak
    peaks = observe(PeakList(q2, np.full(len(q2), 1e-4)))
    assert largest_volume(symbol, peaks, Auto) == pytest.approx(uctbx.unit_cell(cell).volume() * 12 / 100, rel=0.15)
    assert largest_volume(symbol, peaks, 123.0) == 123.0
