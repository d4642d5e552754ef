"""Training sets: experiments, copies, held-out families, groups."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from training_files import many_crystals

from mlindex_plugin.algorithms.lattice import LATTICES, hkl_design
from mlindex_plugin.algorithms.training.assemble import Recipe, assemble
from mlindex_plugin.algorithms.training.groups import FEWEST_OF_GROUP, make_groups
from mlindex_plugin.errors import InputError

IDEAL = {"ideal": 1.0, "laboratory": 0.0, "synchrotron": 0.0, "smsfx": 0.0}


@pytest.fixture(scope="module")
def data_set(tmp_path_factory):
    return many_crystals(tmp_path_factory.mktemp("data") / "a.h5")


def assembled(path, seed=1, **recipe):
    return assemble([path], "tP", Recipe(**recipe), np.random.default_rng(seed))


def misfit(lists):
    """Relative deviation of each indexed peak from the position of its line."""
    calculated = np.einsum("nij,nj->ni", hkl_design(LATTICES["tP"], lists.hkl), lists.x)
    return np.abs(calculated / lists.q2 - 1)[(lists.hkl != 0).any(axis=2)]


def test_an_ideal_experiment_gives_the_lines_with_their_indices(data_set):
    data = assembled(data_set, n_lists=150, shares=IDEAL)
    for lists in (data.training, data.held_out, data.validation):
        assert lists.q2.shape == (len(lists), 60) and lists.hkl.shape == (len(lists), 60, 3)
        assert misfit(lists).max() < 1e-9
        assert ((lists.hkl != 0).any(axis=2) == np.isfinite(lists.q2)).all()
        assert (np.diff(lists.q2)[np.isfinite(lists.q2)[:, 1:]] > 0).all()
        np.testing.assert_allclose(lists.x[:, 0], lists.cells[:, 0] ** -2.0)


def test_numbers_of_lists_and_families(data_set):
    data = assembled(data_set, n_lists=150, shares=IDEAL)
    assert (len(data.training), len(data.held_out), len(data.validation)) == (134, 16, 12)
    families = [set(lists.family) for lists in (data.training, data.held_out, data.validation)]
    assert [len(of_set) for of_set in families] == [43, 5, 12]
    assert not families[0] & families[1] and not (families[0] | families[1]) & families[2]


def test_each_crystal_gives_as_many_lists_as_the_others(data_set):
    data = assembled(data_set, n_lists=150, shares=IDEAL)
    assert set(np.unique(data.training.family, return_counts=True)[1]) == {3, 4}


def test_too_few_crystals_are_filled_up_with_copies(data_set):
    data = assembled(data_set, n_lists=600, shares=IDEAL)
    assert 500 <= len(data.training) <= 540
    assert len(np.unique(data.training.family)) == 43
    assert len(np.unique(data.training.cells, axis=0)) > 100
    # held out and validation stay what was given
    assert len(np.unique(data.held_out.cells, axis=0)) == 5
    assert len(np.unique(data.validation.cells, axis=0)) == 12
    assert misfit(data.training).max() < 1e-9


def test_copies_are_at_most_ten_of_each_and_lists_four_of_each(tmp_path):
    path = many_crystals(tmp_path / "few.h5", 28)
    data = assembled(path, n_lists=100_000, shares=IDEAL)
    assert 21 * 11 * 3 < len(data.training) <= 21 * 11 * 4


def test_experiments_are_drawn_in_the_given_shares(data_set):
    half = {"ideal": 1.0, "laboratory": 0.0, "synchrotron": 0.0, "smsfx": 1.0}
    lists = assembled(data_set, n_lists=600, shares=half).training
    exact = np.array([misfit(lists.take([i])).max() < 1e-9 for i in range(len(lists))])
    assert 0.42 < exact.mean() < 0.58
    assert 1e-5 < np.median(misfit(lists.take(~exact))) < 5e-3


def test_no_list_has_fewer_than_ten_peaks(data_set):
    assert assembled(data_set, n_lists=600).training.n_peaks.min() >= 10


def test_the_seed_decides(data_set):
    one, same, other = (assembled(data_set, seed, n_lists=600).training for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.q2, same.q2)
    np.testing.assert_array_equal(one.hkl, same.hkl)
    assert len(one) != len(other) or not np.array_equal(one.q2, other.q2, equal_nan=True)


def test_a_lattice_with_too_few_crystals_is_an_input_error(tmp_path):
    path = many_crystals(tmp_path / "few.h5", 20)
    with pytest.raises(InputError, match=r"few.h5: 16 tP crystals to train on, 20 are needed; .*leave tP out"):
        assembled(path)
    with pytest.raises(InputError, match="0 aP crystals"):
        assemble([path], "aP", Recipe(), np.random.default_rng(0))


def test_shares_of_nothing_are_an_input_error():
    with pytest.raises(InputError, match="every share is zero"):
        Recipe(shares=dict.fromkeys(IDEAL, 0.0))


def test_small_groups_are_merged_into_the_largest_and_the_log_says_so(data_set, caplog):
    with caplog.at_level(logging.INFO, "mlindex_plugin"):
        data = assembled(data_set, n_lists=150)
    assert data.training.groups == ("tP-1",)
    assert set(data.training.group) == {0}
    assert "tP: groups with too few crystals are merged into tP-1: tP-2 (0), " in caplog.text
    assert "tP-4 (15)" in caplog.text


def test_groups_with_enough_crystals_stay():
    symbols = ["P 4/m m m"] * FEWEST_OF_GROUP + ["P 4 21 2"] * FEWEST_OF_GROUP
    groups = make_groups("tP", symbols)
    assert len(groups.names) == 2
    first, second = groups.number(["P 4/m m m", "P 4 21 2"])
    assert first != second
