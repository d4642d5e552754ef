from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import trapezoid

from mlindex_plugin.errors import InputError

pytest.importorskip("dials")

from spots_made import small_pair, table_of, write  # noqa: E402

from mlindex_plugin.algorithms.peaks import pair_files, peaks_from_spots, spots  # noqa: E402
from mlindex_plugin.algorithms.peaks.from_spots import peaks_of  # noqa: E402
from mlindex_plugin.algorithms.simulate import (  # noqa: E402
    StillsConditions,
    crystal_reflections,
    random_structure,
    simulate_spots,
    square_detector,
    write_spots,
)

CELL, GROUP = (8.3, 10.9, 13.7, 90, 90, 90), "P 21 21 21"
MITHRENE, MITHRENE_GROUP = (5.93, 7.32, 29.2, 90, 95.4, 90), "P 1 21/c 1"


def true_lines(cell, group, d_min=1.5):
    from cctbx import crystal, miller

    symmetry = crystal.symmetry(cell, group)
    q2 = np.sort(miller.build_set(symmetry, False, d_min=d_min).d_star_sq().data().as_numpy_array())
    return q2[np.concatenate([[True], np.diff(q2) > 1e-7])]


def deviations(peaks, cell, group):
    """Of each peak from the nearest true line, and the number of that line."""
    truth = true_lines(cell, group)
    nearest = np.abs(peaks.q2[:, None] - truth).argmin(axis=1)
    return peaks.q2 - truth[nearest], nearest


@pytest.fixture(scope="module")
def stills(tmp_path_factory):
    """Spots of 2,000 shots of an orthorhombic crystal, through the simulator of the package."""
    reflections = crystal_reflections(random_structure(CELL, GROUP, seed=4), d_min=1.8)
    conditions = StillsConditions(crystals_per_shot=2, photons=40)
    shots = simulate_spots(reflections, square_detector(120.0, 0.15, 1400, 1.3), 2000, 1, conditions)
    return write_spots(tmp_path_factory.mktemp("stills") / "orthorhombic", shots, seed=2)


@pytest.fixture(scope="module")
def peaks(stills):
    return peaks_from_spots([stills])


def read(stills):
    from dials.array_family import flex
    from dxtbx.model.experiment_list import ExperimentList

    return ExperimentList.from_file(str(stills[0])), flex.reflection_table.from_file(str(stills[1]))


def test_lines_are_found_where_they_are_and_none_is_invented(peaks):
    deviation, line = deviations(peaks, CELL, GROUP)
    first = peaks.q2 < true_lines(CELL, GROUP)[30]
    assert len(set(line[first & (line < 20)])) >= 15  # some lines of random atoms are too weak
    assert np.all(np.abs(deviation[first]) < np.maximum(1e-4, 4 * peaks.sigma[first]))
    assert 0.35 < np.median(np.abs(deviation[first]) / peaks.sigma[first]) < 1.0


def test_peak_list_is_complete(peaks, stills):
    assert peaks.unit == "spots"
    assert peaks.sigma_measured
    assert peaks.source == str(stills[1])
    assert isinstance(peaks.wavelength, float)
    assert peaks.wavelength == pytest.approx(1.3, abs=1e-3)
    assert np.all(peaks.intensity >= 3)
    assert peaks.pattern.q2[0] < peaks.q2[0] < peaks.q2[-1] < peaks.pattern.q2[-1]
    assert np.all(np.diff(peaks.pattern.q2) > 0)
    area = trapezoid(peaks.pattern.intensity, peaks.pattern.q2)
    assert 0.8 * peaks.intensity.sum() < area  # the density counts spots
    assert "shots." in peaks.notes[0]
    assert "are wanted" not in peaks.notes[0]


def test_one_pair_and_the_same_in_two_pairs_give_the_same_peaks(peaks, stills, tmp_path):
    experiments, table = read(stills)
    half = len(experiments) // 2
    ids = table["id"].as_numpy_array()
    parts = []
    for name, chosen, first in (("a", ids < half, 0), ("b", ids >= half, half)):
        from dxtbx import flumpy

        part = table.select(flumpy.from_numpy(chosen))
        part["id"] = part["id"] - first
        for key in list(part.experiment_identifiers().keys()):
            del part.experiment_identifiers()[key]
        last = half if first == 0 else len(experiments)
        parts.append(write(tmp_path, name, experiments[first:last], part))
    split = peaks_from_spots(pair_files([path for pair in parts for path in pair]))
    assert np.allclose(split.q2, peaks.q2, rtol=0, atol=1e-12)
    assert np.allclose(split.sigma, peaks.sigma, rtol=1e-6)


def test_two_distances_give_the_lines_of_one_cell(stills, tmp_path):
    reflections = crystal_reflections(random_structure(CELL, GROUP, seed=4), d_min=1.8)
    conditions = StillsConditions(crystals_per_shot=2, photons=40)
    far = simulate_spots(reflections, square_detector(200.0, 0.15, 1400, 1.3), 1000, 5, conditions)
    both = peaks_from_spots([stills, write_spots(tmp_path / "far", far, seed=3)])
    deviation, line = deviations(both, CELL, GROUP)
    first = both.q2 < true_lines(CELL, GROUP)[20]
    assert len(set(line[first])) >= 15
    assert np.all(np.abs(deviation[first]) < np.maximum(1e-4, 4 * both.sigma[first]))


def test_noise_spots_make_no_lines(stills, tmp_path):
    from dxtbx import flumpy

    experiments, table = read(stills)
    rng = np.random.default_rng(6)
    n = len(table) // 5
    noisy = table_of(
        np.concatenate([table["id"].as_numpy_array(), rng.integers(0, len(experiments), n)]),
        np.zeros(len(table) + n),
        np.concatenate([flumpy.to_numpy(table["xyzobs.px.value"])[:, :2], rng.uniform(0, 1400, (n, 2))]),
        np.concatenate([table["intensity.sum.value"].as_numpy_array(), 45 + rng.exponential(30, n)]),
    )
    found = peaks_from_spots([write(tmp_path, "noisy", experiments, noisy)])
    deviation, line = deviations(found, CELL, GROUP)
    first = found.q2 < true_lines(CELL, GROUP)[30]
    assert len(set(line[first & (line < 20)])) >= 13
    assert np.all(np.abs(deviation[first]) < np.maximum(1e-4, 4 * found.sigma[first]))


def test_few_shots_are_said_to_be_few(stills, tmp_path):
    experiments, table = read(stills)
    few = table.select(table["id"] < 300)
    found = peaks_from_spots([write(tmp_path, "few", experiments[:300], few)])
    assert "on 300 shots. 1,000 shots or more are wanted" in found.notes[0]
    deviation, _ = deviations(found, CELL, GROUP)
    assert 3 <= len(found) < 60
    assert np.all(np.abs(deviation) < np.maximum(1.5e-4, 4 * found.sigma))


def test_wavelength_given_replaces_that_of_the_files(stills, phil):
    found = peaks_from_spots([stills], phil(wavelength=1.313))
    ratio = found.q2[:5] / peaks_from_spots([stills]).q2[:5]
    assert found.wavelength == 1.313
    assert np.allclose(ratio, (1.3 / 1.313) ** 2, atol=2e-3)
    assert any("wavelength 1.313 Å given replaces" in note for note in found.notes)


def test_same_files_same_peaks(stills, peaks):
    again = peaks_from_spots([stills])
    assert np.array_equal(again.q2, peaks.q2)
    assert np.array_equal(again.sigma, peaks.sigma)


def test_a_handful_of_spots_is_not_enough(tmp_path):
    with pytest.raises(InputError, match=r"strong\.refl: only 12 usable spots; give 1,000 shots or more"):
        peaks_from_spots([small_pair(tmp_path, n_spots=12)])


def test_random_spots_hold_no_line(tmp_path):
    with pytest.raises(InputError, match=r"no powder line stands out of 400 spots on 100 shots"):
        peaks_from_spots([small_pair(tmp_path, n_shots=100, n_spots=400)])


def shared_stills(name):
    beside = Path(__file__).resolve().parents[4] / "shared" / "data"
    folder = Path(os.environ.get("MLINDEX_SHARED", beside)) / "stills"
    if not (folder / f"{name}.refl").is_file():
        pytest.skip(f"no stills {name} at {folder}")
    return str(folder / f"{name}.expt"), str(folder / f"{name}.refl")


def test_mithrene_20k_meets_the_bar():
    found = peaks_from_spots([shared_stills("mithrene_20k")])
    deviation, line = deviations(found, MITHRENE, MITHRENE_GROUP)
    first = line < 20
    assert len(set(line[first & (np.abs(deviation) < 1e-4)])) >= 18
    assert np.all(np.abs(deviation[found.q2 < true_lines(MITHRENE, MITHRENE_GROUP)[59]]) < 1e-4)
    assert 0.5 <= np.median(np.abs(deviation[first]) / found.sigma[first]) <= 1.0
    assert len(found) >= 60


def test_wrong_beam_centre_of_mithrene_5k_is_undone():
    file = spots.read_spots([shared_stills("mithrene_5k_bad_geometry")])
    moved, as_it_is = peaks_of(file, "5k"), peaks_of(file, "5k", move_beam=False)
    assert any("beam centre was moved by 0.7" in note for note in moved.notes)
    assert len(moved) > len(as_it_is)
    scale = moved.q2[:15] / true_lines(MITHRENE, MITHRENE_GROUP)[deviations(moved, MITHRENE, MITHRENE_GROUP)[1][:15]]
    assert np.median(scale) == pytest.approx(1 / 1.002**2, abs=4e-4)  # what the wrong distance does remains


def test_mithrene_spotfinder_gives_what_it_can():
    found = peaks_from_spots([shared_stills("mithrene_spotfinder")])
    deviation, _ = deviations(found, MITHRENE, MITHRENE_GROUP)
    assert len(found) >= 5
    assert np.all(np.abs(deviation) < np.maximum(1e-4, 4 * found.sigma))
    assert "768 spots on 145 shots. 1,000 shots or more are wanted" in found.notes[0]
