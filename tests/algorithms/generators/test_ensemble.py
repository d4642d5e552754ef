import numpy as np
import pytest

from mlindex_plugin.algorithms.generators import Ensemble
from mlindex_plugin.algorithms.lattice import LATTICES, full_xnn, volumes_from_xnn

Q2 = np.array([1, 2, 3, 4, 5, 6, 8, 9, 10, 11]) / 5.0**2  # cP, a = 5 Å


class Fixed:
    """A member that offers the same cubic cells, in order, again and again."""

    def __init__(self, *axes):
        self.x = 1 / np.array(axes, float)[:, None] ** 2
        self.asked = []

    def generate(self, q2, n, rng):
        self.asked.append(n)
        return np.resize(self.x, (n, 1))


def axes(x):
    return np.sort(np.round(x[:, 0] ** -0.5, 6))


def test_members_give_their_shares():
    ensemble = Ensemble("cP", {"a": Fixed(5.0), "b": Fixed(7.0), "c": Fixed(9.0)}, {"a": 3, "b": 1, "c": 0})
    x = ensemble.generate(Q2, 40, np.random.default_rng(0))
    assert axes(x).tolist() == [5.0] * 30 + [7.0] * 10


def test_of_twice_as_many_those_that_explain_the_peaks_are_kept():
    member = Fixed(5.0, 6.3)
    x = Ensemble("cP", {"a": member}, {"a": 1}).generate(Q2, 50, np.random.default_rng(0))
    assert member.asked == [100]
    assert axes(x).tolist() == [5.0] * 50


def test_cells_that_are_too_large_or_no_cells_are_left_out():
    ensemble = Ensemble("cP", {"a": Fixed(5.0, 6.0, np.nan)}, {"a": 1})
    x = ensemble.generate(Q2, 30, np.random.default_rng(0), max_volume=150.0)
    assert len(x) == 20
    assert volumes_from_xnn(full_xnn(LATTICES["cP"], x)).max() == pytest.approx(125.0)


def test_members_mix_in_an_order_of_chance_that_the_seed_fixes():
    ensemble = Ensemble("cP", {"a": Fixed(5.0), "b": Fixed(7.0)}, {"a": 1, "b": 1})
    one, same, other = (ensemble.generate(Q2, 40, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert 0 < np.count_nonzero(one[:20] == one[0]) < 20


def test_a_member_alone():
    ensemble = Ensemble("cP", {"a": Fixed(5.0), "b": Fixed(7.0)}, {"a": 3, "b": 1})
    assert axes(ensemble.alone("b").generate(Q2, 10, np.random.default_rng(0))).tolist() == [7.0] * 10
