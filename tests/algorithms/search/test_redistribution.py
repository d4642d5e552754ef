from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.search.redistribution import redistribute


def test_a_crowd_is_moved_to_lonely_places():
    rng = np.random.default_rng(0)
    crowd = 0.05 + 1e-6 * rng.standard_normal((100, 3))
    lonely = rng.uniform(0.01, 0.09, (100, 3))
    moved = redistribute(np.concatenate([crowd, lonely]), 0.1, rng)
    near = np.linalg.norm(moved - 0.05, axis=1) < 1e-4
    assert 1 <= near.sum() <= 6
    assert moved.shape == (200, 3)
    np.testing.assert_array_equal(moved[100:], lonely)


def test_candidates_far_apart_stay():
    x = np.array([[0.01, 0.02], [0.05, 0.02], [0.09, 0.08]])
    np.testing.assert_array_equal(redistribute(x, 0.1, np.random.default_rng(0)), x)
