from __future__ import annotations

import numpy as np
import pytest
from test_spot_filters import spots_at

from mlindex_plugin.algorithms.peaks.spot_peaks import find_lines
from mlindex_plugin.algorithms.peaks.spot_widths import widths_from_pairs

LINES = np.array([0.12, 0.15, 0.153, 0.19, 0.21, 0.24, 0.26, 0.3])
EVERYWHERE = (0.0, 1.0)


def powder(rng, n_shots=1500, per_line=150, noise=400, extra=()):
    """Lines of 1e-4 1/Å on uniform noise; `extra` are more (q, azimuth) of spots."""
    q = np.concatenate([np.repeat(LINES, per_line) + 1e-4 * rng.standard_normal(len(LINES) * per_line)])
    q = np.concatenate([q, rng.uniform(0.1, 0.32, noise)])
    azimuth = rng.uniform(-np.pi, np.pi, len(q))
    for more_q, more_azimuth in extra:
        q, azimuth = np.concatenate([q, more_q]), np.concatenate([azimuth, more_azimuth])
    return spots_at(q, azimuth, rng.integers(0, n_shots, len(q)))


def lines_of(spots, limits=EVERYWHERE):
    return find_lines(spots, widths_from_pairs(spots, np.random.default_rng(0)), limits)[1:]


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def test_the_lines_and_nothing_else(rng):
    lines, notes = lines_of(powder(rng))
    assert len(lines.q) == len(LINES)
    assert np.all(np.abs(lines.q - LINES) < 5 * lines.sigma)
    assert np.allclose(lines.sigma, 1e-4 / np.sqrt(150), rtol=0.5)
    assert np.allclose(lines.counts, 150, rtol=0.25)
    assert notes == ()


def second_line(rng, apart):
    """Spots of a line as strong as that at 0.26 beside it."""
    return 0.26 + apart + 1e-4 * rng.standard_normal(150), rng.uniform(-np.pi, np.pi, 150)


def test_lines_three_widths_apart_are_two(rng):
    lines, _ = lines_of(powder(rng, extra=[second_line(rng, 3e-4)]))
    assert len(lines.q) == len(LINES) + 1
    assert np.abs(lines.q - 0.2603).min() < 5e-5


def test_lines_less_than_a_width_apart_are_one_between_them(rng):
    lines, _ = lines_of(powder(rng, extra=[second_line(rng, 0.8e-4)]))
    assert len(lines.q) == len(LINES)
    blend = np.abs(lines.q - 0.26004).argmin()
    assert 0.26 < lines.q[blend] < 0.26008
    assert lines.counts[blend] == pytest.approx(300, rel=0.15)


def test_peak_at_the_edge_of_the_detector_is_left_out_and_said_so(rng):
    lines, notes = lines_of(powder(rng), limits=(0.1195, 1.0))
    assert len(lines.q) == len(LINES) - 1
    assert notes == ("Left out 1 peaks at the edge of the detector: d = 8.333 Å.",)


def test_shadow_on_one_side_of_the_beam_is_left_out_and_said_so(rng):
    shadow = 0.17 + 1e-4 * rng.standard_normal(100), 0.4 + 0.1 * rng.standard_normal(100)
    lines, notes = lines_of(powder(rng, extra=[shadow]))
    assert len(lines.q) == len(LINES)
    assert notes == ("Left out 1 peaks whose spots lie all on one side of the beam: d = 5.882 Å.",)


def test_uniform_noise_makes_no_lines():
    found = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        q = rng.uniform(0.1, 0.4, 4000)
        spots = spots_at(q, rng.uniform(-np.pi, np.pi, 4000), rng.integers(0, 1000, 4000))
        found.append(len(lines_of(spots)[0].q))
    assert sum(found) <= 1
