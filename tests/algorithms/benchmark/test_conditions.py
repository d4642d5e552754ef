from __future__ import annotations

import pytest

from mlindex_plugin.algorithms.benchmark.conditions import GOALS, OPEN, chosen_conditions, simulated_conditions
from mlindex_plugin.errors import InputError


def test_the_ladder_comes_first_then_the_instruments():
    names = list(simulated_conditions())
    assert names[:3] == ["ideal", "missing", "error"]
    assert names[-3:] == ["laboratory", "synchrotron", "smsfx"]
    assert simulated_conditions()["zero_0.07"].experiment.zero_shift == 0.07
    assert set(GOALS) <= set(names)


def test_words_choose_in_the_order_of_the_ladder():
    assert chosen_conditions(["smsfx,ideal", "error"], True, False) == ("ideal", "error", "smsfx")
    assert chosen_conditions(["all"], True, False) == tuple(simulated_conditions())
    assert chosen_conditions(["all"], False, True) == OPEN
    assert chosen_conditions(None, True, False) == GOALS
    assert chosen_conditions(None, False, True) == ("tier_A", "tier_B", "smsfx_lists")


@pytest.mark.parametrize(
    "words, with_data, with_open, message",
    [
        (["perfect"], True, False, "benchmark.conditions=perfect: no such condition"),
        (["ideal"], False, True, "benchmark.conditions=ideal needs data sets"),
        (["tier_A"], True, False, "set benchmark.open_cases"),
        (None, False, False, "nothing to search"),
    ],
)
def test_what_cannot_be_done_is_refused(words, with_data, with_open, message):
    with pytest.raises(InputError, match=message):
        chosen_conditions(words, with_data, with_open)
