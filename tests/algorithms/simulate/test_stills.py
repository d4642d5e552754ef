from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.simulate.random_crystal import crystal_reflections, random_structure
from mlindex_plugin.algorithms.simulate.stills import StillsConditions, near_sphere, simulate_spots
from mlindex_plugin.errors import InputError

pytest.importorskip("dxtbx")

from mlindex_plugin.algorithms.simulate.detector import square_detector  # noqa: E402

CELL = (5.93, 7.32, 29.2, 90, 95.4, 90)


@pytest.fixture(scope="module")
def reflections():
    return crystal_reflections(random_structure(CELL, "P 1 21/c 1", seed=8), d_min=2.5)


@pytest.fixture(scope="module")
def detector():
    return square_detector(165.0, 0.15, 1024, 1.3)


def q2_of(stills, detector):
    """q2 of every spot by dxtbx's detector model and the wavelength of the spot's own shot."""
    from dxtbx import flumpy

    panel = detector[0]
    millimeters = panel.pixel_to_millimeter(flumpy.vec_from_numpy(stills.spots.position))
    ray = flumpy.to_numpy(panel.get_lab_coord(millimeters))
    ray = ray / np.linalg.norm(ray, axis=1)[:, None]
    scattering = (ray - np.array([0, 0, -1])) / stills.wavelength[stills.spots.shot][:, None]
    return (scattering**2).sum(axis=1)


def true_q2(stills, reflections):
    return np.array([reflections.unit_cell.d_star_sq(tuple(hkl)) for hkl in stills.spots.hkl.tolist()])


def test_perfect_crystals_in_a_monochromatic_beam_diffract_at_their_d(reflections, detector):
    conditions = StillsConditions(bandwidth=0, domain_size=1e8, mosaicity=0.1, crystals_per_shot=5, photons=100)
    stills = simulate_spots(reflections, detector, 300, seed=1, conditions=conditions)
    assert len(stills.spots) > 300
    np.testing.assert_allclose(q2_of(stills, detector), true_q2(stills, reflections), rtol=1e-5)


def test_bandwidth_and_size_broaden_without_bias(reflections, detector):
    conditions = StillsConditions(crystals_per_shot=5, photons=100)
    stills = simulate_spots(reflections, detector, 2000, seed=1, conditions=conditions)
    error = q2_of(stills, detector) / true_q2(stills, reflections) - 1
    assert 1e-4 < np.median(np.abs(error)) < 2e-3
    assert abs(np.median(error)) < 1e-4


def test_orientations_are_uniform(reflections, detector):
    stills = simulate_spots(reflections, detector, 3000, seed=1)
    azimuth = np.arctan2(*(stills.spots.position - 512).T[::-1])
    # The beam is polarised along fast, which lowers few of these small angles; a preferred direction would show.
    assert abs(np.mean(np.exp(1j * azimuth))) < 4 / np.sqrt(len(azimuth))


def test_polarisation_dims_spots_along_the_electric_field(reflections):
    close = square_detector(40.0, 0.15, 1024, 1.3)
    stills = simulate_spots(reflections, close, 3000, seed=1)
    fast, slow = np.abs(stills.spots.position - 512).T
    wide = np.hypot(fast, slow) * 0.15 > 18  # two-theta above 24 degrees, where cos² is below 0.83
    along = stills.spots.photons[wide & (fast > 3 * slow)].sum()
    across = stills.spots.photons[wide & (slow > 3 * fast)].sum()
    assert along < 0.9 * across


def test_seed_decides_the_spots(reflections, detector):
    def positions(seed):
        return simulate_spots(reflections, detector, 50, seed).spots.position

    np.testing.assert_array_equal(positions(1), positions(1))
    assert not np.array_equal(positions(1), positions(2))


def test_every_spot_lies_on_the_detector_and_shots_ascend(reflections, detector):
    stills = simulate_spots(reflections, detector, 700, seed=3)
    assert np.all((stills.spots.position >= 0) & (stills.spots.position < 1024))
    assert np.all(np.diff(stills.spots.shot) >= 0)
    assert stills.spots.shot.max() > 650
    assert len(stills.wavelength) == len(stills.pulse_energy) == 700


def test_panels_share_the_spots_of_the_whole(reflections, detector):
    from dxtbx.model import Detector

    halves = Detector()
    for half in range(2):
        panel = halves.add_panel(detector[0])
        x, y, z = detector[0].get_origin()
        panel.set_local_frame(panel.get_fast_axis(), panel.get_slow_axis(), (x + half * 512 * 0.15, y, z))
        panel.set_image_size((512, 1024))
    whole = simulate_spots(reflections, detector, 200, seed=1).spots
    split = simulate_spots(reflections, halves, 200, seed=1).spots
    position = split.position + np.column_stack([512 * split.panel, 0 * split.panel])
    assert set(split.panel) == {0, 1}
    key = np.lexsort((whole.position[:, 0], whole.shot)), np.lexsort((position[:, 0], split.shot))
    np.testing.assert_allclose(position[key[1]], whole.position[key[0]], atol=1e-6)


def test_no_crystal_no_spot(reflections, detector):
    stills = simulate_spots(reflections, detector, 5, seed=1, conditions=StillsConditions(crystals_per_shot=0))
    assert len(stills.spots) == 0


def test_bad_values_are_named(reflections, detector):
    with pytest.raises(InputError, match="mosaicity is -1"):
        StillsConditions(mosaicity=-1)
    with pytest.raises(InputError, match="bandwidth is -0.1"):
        StillsConditions(bandwidth=-0.1)
    with pytest.raises(InputError, match="0 shots"):
        simulate_spots(reflections, detector, 0, seed=1)


def test_no_reflection_near_the_sphere_is_passed_over():
    generator = np.random.default_rng(2)
    beam = generator.standard_normal((40, 3))
    beam /= np.linalg.norm(beam, axis=1)[:, None]
    vectors = generator.uniform(-1.2, 1.2, (3000, 3))
    lengths, wavelength = np.linalg.norm(vectors, axis=1), generator.uniform(1.2, 1.4, 40)
    reach = generator.uniform(0.001, 0.05, 3000)
    sine = wavelength[:, None] * lengths / 2
    deviation = np.arcsin(-(beam @ vectors.T) / lengths) - np.arcsin(np.minimum(sine, 1))
    wanted = set(zip(*np.nonzero((np.abs(deviation) < reach) & (sine < 0.999)), strict=True))
    found = set(zip(*near_sphere(beam, wavelength, vectors, lengths, reach), strict=True))
    assert len(wanted) > 500
    assert wanted <= found
    assert len(found) < 2 * len(wanted)
