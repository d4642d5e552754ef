from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.simulate.whole_pattern import (
    PRESETS,
    PatternConditions,
    draw_parameters,
    pattern_preset,
)
from mlindex_plugin.errors import InputError


def draws(conditions, name, n=4000):
    rng = np.random.default_rng(3)
    return np.array([getattr(draw_parameters(conditions, rng), name) for _ in range(n)])


def test_uniform_draws_fill_their_range():
    values = draws(PatternConditions(background_length=(20, 100)), "background_length")
    assert 20 <= values.min() < 21 and 99 < values.max() <= 100
    assert values.mean() == pytest.approx(60, abs=1.5)


def test_counts_are_uniform_in_the_logarithm():
    values = draws(PatternConditions(counts=(1e2, 1e4)), "counts")
    assert np.median(values) == pytest.approx(1e3, rel=0.1)
    assert values.min() < 105 and values.max() > 9500


def test_equal_limits_are_the_value():
    assert set(draws(PatternConditions(eta=(0.3, 0.3)), "eta", 5)) == {0.3}
    assert set(draws(PatternConditions(), "counts", 5)) == {np.inf}


def test_one_more_range_leaves_the_draws_of_the_others():
    one = draws(PatternConditions(eta=(0, 1)), "eta", 1)
    assert one == draws(PatternConditions(eta=(0, 1), w=(0.01, 0.1), counts=(10, 100)), "eta", 1)


@pytest.mark.parametrize("name", ["ideal", "laboratory", "synchrotron", "smsfx"])
def test_presets_by_name(name):
    assert pattern_preset(name) is PRESETS[name]


def test_ideal_has_no_imperfection_but_width():
    ideal = draw_parameters(pattern_preset("ideal"), np.random.default_rng(1))
    assert (ideal.background, ideal.gaussian_noise, ideal.impurity, ideal.alpha2, ideal.eta) == (0, 0, 0, 0, 0)
    assert ideal.counts == np.inf
    assert 20 <= ideal.crystallite_size <= 100


def test_unknown_preset():
    with pytest.raises(InputError, match="'neutron'.*ideal, laboratory, synchrotron, smsfx"):
        pattern_preset("neutron")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"w": (0.2, 0.1)}, r"w is \(0.2, 0.1\), .* the lower one first"),
        ({"w": (0, 0.1)}, "w is .* above 0"),
        ({"u": (-0.2, 0.1)}, "u is .* at least 0"),
        ({"u": 0.1}, "u is 0.1, give a pair"),
        ({"u": ("a", "b")}, "give a pair of numbers"),
        ({"eta": (0, 1.2)}, "eta is .* from 0 to 1"),
        ({"impurity": (0, 5)}, "impurity is .* from 0 to 1"),
        ({"crystallite_size": (0, 10)}, "crystallite_size is .* above 0"),
        ({"crystallite_size": (10, np.inf)}, "crystallite_size is .* finite"),
        ({"background": (0, np.inf)}, "background is .* finite"),
        ({"background": (0, 0.1)}, "background is .* above 0"),
        ({"counts": (np.nan, 10)}, "counts is .* lower one first"),
        ({"alpha2": (0, 2)}, "alpha2 is .* from 0 to 1"),
    ],
)
def test_bad_values_are_named(values, message):
    with pytest.raises(InputError, match=message):
        PatternConditions(**values)


def test_v_may_be_negative():
    assert draws(PatternConditions(v=(-0.01, -0.005)), "v", 3).max() < 0
