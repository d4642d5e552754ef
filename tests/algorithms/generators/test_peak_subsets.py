from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.generators.peak_subsets import peak_subsets

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
