from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.peaks.spot_filters import clean_spots, crowded_rings, hot_pixels, ice_spots
from mlindex_plugin.algorithms.peaks.spots import Spots

WAVELENGTH, DISTANCE, PIXEL = 1.3, 100.0, 0.1


def spots_at(q, azimuth, shot, pixel=None):
    """Spots of given 1/d and direction on a detector perpendicular to the beam."""
    q, azimuth, shot = (np.asarray(values, dtype=float) for values in (q, azimuth, shot))
    radius = DISTANCE * np.tan(2 * np.arcsin(q * WAVELENGTH / 2))
    n = len(q)
    position = np.column_stack([radius * np.cos(azimuth), radius * np.sin(azimuth), np.full(n, -DISTANCE)])
    axes = np.zeros((n, 2, 3))
    axes[:, 0, 0] = axes[:, 1, 1] = PIXEL
    s0 = np.tile([0, 0, -1 / WAVELENGTH], (n, 1))
    cells = np.column_stack([np.zeros(n), np.floor(position[:, :2] / PIXEL)]).astype(int)
    return Spots(position, s0, axes, np.full(n, 100.0), shot.astype(int), cells)


def scattered(rng, n, n_shots):
    return rng.uniform(0.1, 0.6, n), rng.uniform(-np.pi, np.pi, n), rng.integers(0, n_shots, n)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_hot_pixel_is_found_and_its_line_too_is_not(rng):
    q, azimuth, shot = scattered(rng, 2000, 500)
    ring = np.full(600, 0.25), rng.uniform(-np.pi, np.pi, 600), rng.integers(0, 500, 600)
    hot = np.full(9, 0.25), np.full(9, 0.7), np.arange(9)
    spots = spots_at(*(np.concatenate(parts) for parts in zip((q, azimuth, shot), ring, hot, strict=True)))
    bad = hot_pixels(spots)
    assert bad[-9:].all()
    assert bad[:-9].sum() < 5


def test_ring_of_many_shots_is_not_hot(rng):
    n = 20000  # 4 spots on every pixel of the ring
    spots = spots_at(np.full(n, 0.15), rng.uniform(-np.pi, np.pi, n), rng.integers(0, 5000, n))
    assert not hot_pixels(spots).any()


def test_ice_is_left_out_only_of_the_shots_that_show_it(rng):
    q, azimuth, shot = scattered(rng, 2000, 400)
    on_ice = 1 / np.array([3.897, 3.660, 3.438])
    icy = np.tile(on_ice, 4), rng.uniform(-np.pi, np.pi, 12), np.full(12, 7)
    sample = np.full(300, 1 / 3.66), rng.uniform(-np.pi, np.pi, 300), rng.integers(0, 400, 300)
    spots = spots_at(*(np.concatenate(parts) for parts in zip((q, azimuth, shot), sample, icy, strict=True)))
    bad = ice_spots(spots)
    assert bad[-12:].all()
    assert set(spots.shot[bad]) == {7}  # the sample's own line at 3.66 Å stays


def test_one_shot_adds_at_most_four_spots_to_a_ring(rng):
    q = np.concatenate([np.full(30, 0.3), [0.2, 0.4]])
    spots = spots_at(q, np.linspace(-3, 3, 32), np.zeros(32))
    kept = ~crowded_rings(spots)
    assert kept[:30].sum() == 4
    assert kept[30:].all()


def test_clean_spots_says_what_it_left_out(rng):
    q, azimuth, shot = scattered(rng, 1000, 300)
    hot = np.full(9, 0.25), np.full(9, 0.7), np.arange(9)
    clean = spots_at(q, azimuth, shot)
    spots = spots_at(*(np.concatenate(parts) for parts in zip((q, azimuth, shot), hot, strict=True)))
    assert clean_spots(clean)[1] == ()
    kept, notes = clean_spots(spots)
    assert len(kept) == len(spots) - 9
    assert notes == ("9 spots on hot pixels, the same on many shots, were left out.",)
