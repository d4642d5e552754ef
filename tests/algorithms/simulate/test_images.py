from __future__ import annotations

import numpy as np
import pytest

import mlindex_plugin  # noqa: F401

pytest.importorskip("dxtbx")

from mlindex_plugin.algorithms.simulate.detector import square_detector  # noqa: E402
from mlindex_plugin.algorithms.simulate.images import background_shape, draw_spots, render_images  # noqa: E402
from mlindex_plugin.algorithms.simulate.stills import Spots, Stills  # noqa: E402
from mlindex_plugin.errors import InputError  # noqa: E402


def one_spot(position, radial=(0.6, 0.8), sigma=(1.0, 1.5), photons=500.0):
    return Spots(
        shot=np.array([0]),
        hkl=np.array([[1, 0, 0]]),
        panel=np.array([0]),
        position=np.array([position]),
        radial=np.array([radial]),
        sigma=np.array([sigma]),
        photons=np.array([photons]),
    )


def test_spot_has_its_photons_centre_and_width():
    image = np.zeros((60, 80))
    draw_spots(image, one_spot((40.3, 25.7)))
    slow, fast = np.mgrid[:60, :80] + 0.5
    assert image.sum() == pytest.approx(500)
    u, v = (fast - 40.3), (slow - 25.7)
    assert (image * u).sum() / 500 == pytest.approx(0, abs=1e-3)
    assert (image * v).sum() / 500 == pytest.approx(0, abs=1e-3)
    along, across = 0.6 * u + 0.8 * v, 0.6 * v - 0.8 * u
    assert (image * along**2).sum() / 500 == pytest.approx(1.0, rel=0.01)
    assert (image * across**2).sum() / 500 == pytest.approx(2.25, rel=0.01)


def test_spot_at_the_edge_is_cut_off():
    image = np.zeros((60, 80))
    draw_spots(image, one_spot((0.0, 30.0)))
    assert image.sum() == pytest.approx(250, rel=0.1)


def test_background_falls_off_and_shows_the_ring_of_water():
    panel = square_detector(165.0, 0.6, 256, 1.3)[0]
    shape = background_shape(panel, 1.3)
    assert shape.shape == (256, 256)
    assert shape.max() == 1
    row = shape[128, 128:]
    assert row[30] < 0.6 * row[5]
    two_theta = 2 * np.arcsin(1.3 * 0.31 / 2)
    ring = int(165 * np.tan(two_theta) / 0.6)
    assert row[ring] > row[ring - 40]


def test_images_are_poisson_scaled_by_the_pulse_and_reproducible():
    detector = square_detector(165.0, 0.6, 256, 1.3)
    stills = Stills(detector, np.array([1.3, 1.3]), np.array([1.0, 4.0]), one_spot((100.0, 100.0)))
    first, second = render_images(stills, seed=5, background=3.0)
    expected = 3.0 * background_shape(detector[0], 1.3).sum()
    assert first.dtype == np.uint16
    assert first.sum() == pytest.approx(expected + 500, rel=0.02)
    assert second.sum() == pytest.approx(4 * expected, rel=0.02)
    assert np.array_equal(first, next(render_images(stills, seed=5, background=3.0)))
    assert not np.array_equal(first, next(render_images(stills, seed=6, background=3.0)))


def test_several_panels_are_refused():
    detector = square_detector(165.0, 0.6, 256, 1.3)
    detector.add_panel(detector[0])
    stills = Stills(detector, np.array([1.3]), np.array([1.0]), one_spot((100.0, 100.0)))
    with pytest.raises(InputError, match="this one has 2"):
        next(render_images(stills, seed=1))
