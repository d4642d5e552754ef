from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from mlindex_plugin.errors import InputError

pytest.importorskip("dials")

from spots_made import WAVELENGTH, detector_at, experiments_of, small_pair, table_of, write  # noqa: E402

from mlindex_plugin.algorithms.peaks.spots import read_spots  # noqa: E402


def dials_q(expt, refl):
    """1/d by DIALS' own functions."""
    from dials.array_family import flex
    from dxtbx.model.experiment_list import ExperimentList

    experiments, table = ExperimentList.from_file(expt, check_format=False), flex.reflection_table.from_file(refl)
    table["imageset_id"] = table["id"]
    table.centroid_px_to_mm(experiments)
    table.map_centroids_to_reciprocal_space(experiments)
    return table["rlp"].norms().as_numpy_array()


def test_q_is_that_of_dials_with_parallax_and_each_shots_own_wavelength(tmp_path):
    pair = small_pair(tmp_path, n_shots=7, n_spots=200)
    file = read_spots([pair])
    assert np.allclose(file.spots.q, dials_q(*pair), rtol=0, atol=1e-13)
    assert file.n_shots == 7
    assert len(set(file.wavelengths)) == 7
    assert file.notes == ()


def test_several_detectors_and_panels_in_one_list(tmp_path):
    rng = np.random.default_rng(1)
    detectors = [detector_at(100, n_panels=2), detector_at(180), detector_at(100, n_panels=2, parallax=False)]
    experiments = experiments_of(detectors, [1.3, 1.29, 1.31])
    ids = rng.integers(0, 3, 150)
    panel = np.where(ids == 1, 0, rng.integers(0, 2, 150))
    pair = write(tmp_path, "mixed", experiments, table_of(ids, panel, rng.uniform(0, 400, (150, 2))))
    file = read_spots([pair])
    assert np.allclose(file.spots.q, dials_q(*pair), rtol=0, atol=1e-13)
    assert file.q_limits[0] < 0.02  # the beam hits the nearest panel or passes between two
    assert file.q_limits[1] > file.spots.q.max()


def test_two_pairs_are_one_after_the_other(tmp_path):
    first, second = small_pair(tmp_path, "a", seed=1), small_pair(tmp_path, "b", n_shots=3, seed=2)
    both = read_spots([first, second])
    assert both.n_shots == 8
    assert np.array_equal(both.spots.q, np.concatenate([read_spots([p]).spots.q for p in (first, second)]))
    assert both.spots.shot.max() == 7


def test_shots_without_spots_count(tmp_path):
    experiments = experiments_of(detector_at(100), [WAVELENGTH] * 6)
    table = table_of([1, 1, 4], [0, 0, 0], [[10, 20], [300, 310], [50, 60]])
    file = read_spots([write(tmp_path, "sparse", experiments, table)])
    assert file.n_shots == 6
    assert list(file.spots.shot) == [1, 1, 4]


def test_gradient_is_the_change_of_q_from_pixel_to_pixel(tmp_path):
    experiments = experiments_of(detector_at(100, parallax=False), [WAVELENGTH])
    centres = np.array([[250.0, 120.0], [30.0, 390.0]])
    steps = np.concatenate([centres, centres + [1e-3, 0], centres + [0, 1e-3]])
    spots = read_spots([write(tmp_path, "s", experiments, table_of([0] * 6, [0] * 6, steps))]).spots
    q = spots.q.reshape(3, 2)
    assert np.allclose(spots.q_per_pixel[:2], np.hypot(q[1] - q[0], q[2] - q[0]) / 1e-3, rtol=1e-4)


def test_identifiers_decide_where_the_order_differs(tmp_path):
    experiments = experiments_of(detector_at(100), [1.2, 1.3, 1.4])
    table = table_of([0, 1], [0, 0], [[10, 20], [10, 20]], identifiers=["shot_2", "shot_0"])
    spots = read_spots([write(tmp_path, "s", experiments, table)]).spots
    assert np.allclose(1 / np.linalg.norm(spots.s0, axis=1), [1.4, 1.2])


def test_spots_of_no_experiment_and_without_centroid_are_left_out_and_said_so(tmp_path):
    experiments = experiments_of(detector_at(100), [WAVELENGTH])
    table = table_of([0, -1, 0, 0], [0] * 4, [[10, 20], [30, 40], [np.nan, 4], [50, 60]])
    file = read_spots([write(tmp_path, "s", experiments, table)])
    assert len(file.spots) == 2
    assert any("1 spots that belong to no experiment" in note for note in file.notes)
    assert any("1 spots without a finite centroid" in note for note in file.notes)


def test_predictions_that_the_spot_finder_did_not_see_are_left_out(tmp_path):
    from dials.array_family import flex

    table = table_of([0, 0, 0], [0] * 3, [[10, 20], [30, 40], [50, 60]])
    table["flags"] = flex.size_t([32, 1, 32])
    file = read_spots([write(tmp_path, "s", experiments_of(detector_at(100), [WAVELENGTH]), table)])
    assert len(file.spots) == 2
    assert "1 reflections that the spot finder did not see" in file.notes[0]


def bad_pair(tmp_path, case):
    experiments, table = experiments_of(detector_at(100), [WAVELENGTH] * 2), table_of([0, 1], [0, 0], [[1, 2], [3, 4]])
    if case == "no centroids":
        del table["xyzobs.px.value"]
    elif case == "no spots":
        table = table[:0]
    elif case == "more experiments":
        table = table_of([0, 5], [0, 0], [[1, 2], [3, 4]])
    elif case == "other experiments":
        table = table_of([0, 1], [0, 0], [[1, 2], [3, 4]], identifiers=["shot_0", "stranger"])
    elif case == "other panel":
        table = table_of([0, 1], [0, 3], [[1, 2], [3, 4]])
    elif case == "only unassigned":
        table = table_of([-1, -1], [0, 0], [[1, 2], [3, 4]])
    return write(tmp_path, "bad", experiments, table)


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("no centroids", r"bad\.refl: no spot centroids"),
        ("no spots", r"bad\.refl: no spots in the file; run dials\.find_spots"),
        ("more experiments", r"bad\.refl: spots of more experiments than the 2 of .*bad\.expt; give the \.expt"),
        ("other experiments", r"bad\.refl: 1 experiments \(such as stranger\) are not among the 2 of .*bad\.expt"),
        ("other panel", r"bad\.refl: spots on panel 3, which"),
        ("only unassigned", r"bad\.refl: no usable spots"),
    ],
)
def test_what_does_not_fit_together_is_named(tmp_path, case, message):
    with pytest.raises(InputError, match=message):
        read_spots([bad_pair(tmp_path, case)])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{ half a file", "not a readable DIALS experiment list"),
        (b"[]", "no experiments in the file"),
        (None, "no such file"),
    ],
)
def test_damaged_or_missing_experiments(tmp_path, content, message):
    expt, refl = small_pair(tmp_path)
    broken = tmp_path / "broken.expt"
    if content is not None:
        broken.write_bytes(content)
    with pytest.raises(InputError, match=f"broken.expt: {message}"):
        read_spots([(str(broken), refl)])


@pytest.mark.parametrize("n_bytes", [0, 7, 500])
def test_cut_off_reflections(tmp_path, n_bytes):
    expt, refl = small_pair(tmp_path)
    broken = tmp_path / "broken.refl"
    with open(refl, "rb") as whole:
        broken.write_bytes(whole.read(n_bytes))
    with pytest.raises(InputError, match=r"broken\.refl: not a readable DIALS reflection table"):
        read_spots([(expt, str(broken))])


def test_experiments_and_reflections_swapped(tmp_path):
    expt, refl = small_pair(tmp_path)
    with pytest.raises(InputError, match="not a readable DIALS experiment list"):
        read_spots([(refl, expt)])


def test_without_dials_one_sentence_says_what_to_do():
    program = (
        "import sys; sys.modules['dials'] = None\n"  # what an installation with pip alone looks like to Python
        "from mlindex_plugin.algorithms.peaks import peaks_from_spots\n"
        "from mlindex_plugin.errors import InputError\n"
        "try:\n    peaks_from_spots([('combined.expt', 'combined.refl')])\n"
        "except InputError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "reading DIALS files needs DIALS, which is not installed here; install DIALS, or give" in done.stdout
    assert len(done.stdout.splitlines()) == 1
