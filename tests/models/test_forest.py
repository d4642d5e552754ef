from __future__ import annotations

import io

import numpy as np
import pytest

from mlindex_plugin.models.forest import Forest
from mlindex_plugin.models.forest_growth import Growth, grow_forest


@pytest.fixture(scope="module")
def data():
    """The first target lies above or below a slope, never on it: a mean is never right."""
    rng = np.random.default_rng(1)
    features = rng.random((4000, 3))
    features[rng.random(4000) < 0.1, 2] = np.nan
    sign = rng.choice([-1.0, 1.0], size=4000)
    return features, np.stack([4 * features[:, 0] + sign / 2, features[:, 1]], axis=1)


@pytest.fixture(scope="module")
def forest(data):
    return grow_forest(*data, Growth(n_trees=25, share=0.3, least=5), np.random.default_rng(2))


def test_draws_follow_the_target_and_keep_its_branches_apart(forest):
    features = np.tile([0.5, 0.8, 0.1], (2000, 1))
    drawn = forest.draw(features, np.ones(2000, int), np.random.default_rng(3))
    assert np.mean(np.abs(np.abs(drawn[:, 0] - 2) - 0.5) < 0.3) > 0.85
    assert 0.3 < np.mean(drawn[:, 0] > 2) < 0.7
    assert np.median(drawn[:, 1]) == pytest.approx(0.8, abs=0.15)


def test_draws_are_values_of_training_rows(forest, data):
    drawn = forest.draw(np.full((50, 3), 0.4), np.ones(50, int), np.random.default_rng(3))
    distance = np.abs(drawn[:, None] - data[1]).max(axis=2)
    assert distance.min(axis=1).max() < 6 / 65535  # one step of the range


def test_rows_of_a_leaf_are_those_that_fall_into_it(forest, data):
    features, _ = data
    for tree in (0, 24):
        rows = np.arange(0, 4000, 40)
        ranges = forest.ranges(features[rows], np.full(100, tree), np.ones(100, int))
        assert np.all(ranges[:, 1] - ranges[:, 0] >= 1)
        begin, end = forest.ranges(features, np.full(4000, tree), np.full(4000, 10**6))[0]
        held = forest.rows[begin:end]
        assert 900 < len(held) == len(np.unique(held)) < 1200  # 30 % drawn with replacement
        found = forest.ranges(features[held], np.full(len(held), tree), np.ones(len(held), int))
        position = np.arange(begin, end)
        # a threshold rounded to half precision moves few rows
        assert np.mean((found[:, 0] <= position) & (position < found[:, 1])) > 0.97


def test_wider_draws_stop_above_the_leaf(forest):
    features = np.full((25, 3), 0.4)
    before = forest.ranges(features, np.arange(25), np.full(25, 1))
    for least in (10, 50, 200):
        ranges = forest.ranges(features, np.arange(25), np.full(25, least))
        assert np.all((ranges[:, 0] <= before[:, 0]) & (ranges[:, 1] >= before[:, 1]))
        sizes = ranges[:, 1] - ranges[:, 0]
        assert sizes.min() >= least
        assert np.median(sizes) < 2.5 * least
        before = ranges


def test_absent_features_are_taken(forest):
    ranges = forest.ranges(np.full((25, 3), np.nan), np.arange(25), np.full(25, 1))
    assert np.all((ranges[:, 0] >= 0) & (ranges[:, 0] < ranges[:, 1]) & (ranges[:, 1] <= len(forest.rows)))


def test_stored_forest_draws_the_same(forest):
    file = io.BytesIO()
    np.savez_compressed(file, **forest.arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as stored:
        again = Forest(**stored)
    features = np.random.default_rng(4).random((100, 3))
    drawn = [f.draw(features, np.full(100, 7), np.random.default_rng(5)) for f in (forest, again)]
    np.testing.assert_array_equal(*drawn)
    assert (forest.threshold.dtype, forest.values.dtype) == (np.float16, np.uint16)


def test_same_seed_same_forest_and_progress_ends_at_one(data):
    shares = []
    growth = Growth(n_trees=12, share=0.1, least=5)
    one = grow_forest(*data, growth, np.random.default_rng(7), shares.append)
    two = grow_forest(*data, growth, np.random.default_rng(7))
    for name, array in one.arrays().items():
        np.testing.assert_array_equal(array, two.arrays()[name])
    assert shares == [10 / 12, 1.0]
    assert one.n_trees == 12
