from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.generators.peak_subsets import peak_subsets, thinned_lists

Q2 = np.linspace(0.01, 0.4, 40)


def test_half_of_the_lists_are_whole_and_no_list_lacks_more_than_two():
    lists = peak_subsets(Q2, 2000, 20, np.random.default_rng(1))
    assert lists.shape == (2000, 22)
    missing = np.isnan(lists).sum(axis=1)
    assert 0.45 < np.mean(missing == 0) < 0.55
    assert set(missing) == {0, 1, 2}
    assert np.all(np.diff(lists[missing == 0], axis=1) > 0)
    assert np.all(np.isin(lists[np.isfinite(lists)], Q2))


def test_every_low_peak_is_left_out_at_times():
    lists = peak_subsets(Q2, 2000, 20, np.random.default_rng(1))
    present = np.array([np.mean(np.any(lists == q, axis=1)) for q in Q2[:22]])
    assert np.all(present[:20] < 0.99)
    assert np.all(present[:20] > 0.9)
    assert np.all(present[20:] == 1)


def test_short_lists_keep_at_least_all_but_two():
    lists = peak_subsets(Q2[:10], 500, 20, np.random.default_rng(1))
    assert np.isfinite(lists).sum(axis=1).min() == 8


def test_a_tenth_of_the_peaks_is_thinned_out_and_ten_are_left():
    lists = thinned_lists(Q2, 2000, np.random.default_rng(1))
    kept = np.isfinite(lists).sum(axis=1)
    assert lists.shape == (2000, len(Q2))
    assert kept.mean() == pytest.approx(0.9 * len(Q2), rel=0.01)
    assert kept.min() >= 10
    assert all(np.isin(one[np.isfinite(one)], Q2).all() and np.all(np.diff(one[np.isfinite(one)]) > 0) for one in lists)
    assert np.all(thinned_lists(Q2[:10], 50, np.random.default_rng(1)) == Q2[:10])
