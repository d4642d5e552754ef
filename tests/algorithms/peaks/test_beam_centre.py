from __future__ import annotations

import numpy as np
import pytest
from test_spot_filters import PIXEL, spots_at

from mlindex_plugin.algorithms.peaks.beam_centre import find_beam_centre


def powder(rng, n_shots, jitter=2e-5):
    lines = np.sort(rng.uniform(0.12, 0.3, 25))
    q = rng.choice(lines, 3 * n_shots) + jitter * rng.standard_normal(3 * n_shots)
    noise = rng.uniform(0.1, 0.32, n_shots // 3)
    q = np.concatenate([q, noise])
    return spots_at(q, rng.uniform(-np.pi, np.pi, len(q)), rng.integers(0, n_shots, len(q)))


@pytest.mark.parametrize("offset", [(0.7, -0.4), (-2.5, 1.5)])
def test_offset_is_recovered(offset):
    spots = powder(np.random.default_rng(5), 800)
    error = np.array([*offset, 0]) * PIXEL
    shift, pixels = find_beam_centre(spots.moved(error))
    assert np.allclose(shift, -error, atol=0.05 * PIXEL)
    assert pixels == pytest.approx(np.hypot(*offset), abs=0.05)


@pytest.mark.parametrize("n_shots", [30, 800])
def test_right_beam_centre_is_left_alone(n_shots):
    for seed in range(4):
        shift, pixels = find_beam_centre(powder(np.random.default_rng(seed), n_shots))
        assert pixels == 0.0
        assert not shift.any()


def test_spots_without_lines_move_nothing():
    rng = np.random.default_rng(2)
    q = rng.uniform(0.1, 0.3, 2000)
    shift, pixels = find_beam_centre(spots_at(q, rng.uniform(-np.pi, np.pi, 2000), rng.integers(0, 500, 2000)))
    assert pixels == 0.0
