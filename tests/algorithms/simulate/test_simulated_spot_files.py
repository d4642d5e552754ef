from __future__ import annotations

import time

import numpy as np
import pytest

from mlindex_plugin.algorithms.simulate.random_crystal import crystal_reflections, random_structure
from mlindex_plugin.errors import InputError

pytest.importorskip("dials")

from mlindex_plugin.algorithms.simulate.detector import square_detector  # noqa: E402
from mlindex_plugin.algorithms.simulate.spot_files import MIN_COUNTS, write_spots  # noqa: E402
from mlindex_plugin.algorithms.simulate.stills import StillsConditions, simulate_spots  # noqa: E402

CELL = (5.93, 7.32, 29.2, 90, 95.4, 90)
CONDITIONS = StillsConditions(crystals_per_shot=5, photons=100)


def simulate(n_shots, conditions=CONDITIONS):
    reflections = crystal_reflections(random_structure(CELL, "P 1 21/c 1", seed=8), d_min=2.5)
    return simulate_spots(reflections, square_detector(165.0, 0.15, 1024, 1.3), n_shots, 1, conditions)


def read(paths):
    from dials.array_family import flex
    from dxtbx.model.experiment_list import ExperimentList

    return ExperimentList.from_file(str(paths[0]), check_format=False), flex.reflection_table.from_file(str(paths[1]))


def test_dials_maps_the_spots_back_to_the_lines_of_the_cell(tmp_path):
    from cctbx import crystal, miller

    experiments, table = read(write_spots(tmp_path / "stills", simulate(400), seed=2))
    assert len(table) > 1000
    assert len(experiments.beams()) == len(experiments) == len(set(table["id"]))
    assert len({beam.get_wavelength() for beam in experiments.beams()}) == len(experiments)
    table.assert_experiment_identifiers_are_consistent(experiments)
    assert min(table["intensity.sum.value"]) >= MIN_COUNTS
    assert table.get_flags(table.flags.strong).count(True) == len(table)

    table.centroid_px_to_mm(experiments)
    table.map_centroids_to_reciprocal_space(experiments)
    q2 = table["rlp"].norms().as_numpy_array() ** 2
    symmetry = crystal.symmetry(CELL, "P 1 21/c 1")
    lines = np.unique(miller.build_set(symmetry, False, d_min=2.4).d_star_sq().data().as_numpy_array().round(9))
    low = q2 < 0.045  # where lines are well apart
    error = (q2[low, None] - lines)[np.arange(low.sum()), np.abs(q2[low, None] - lines).argmin(axis=1)]
    assert low.sum() > 300
    assert np.median(np.abs(error)) < 3e-5
    assert abs(np.median(error)) < 3e-6


def test_same_seed_same_reflections(tmp_path):
    stills = simulate(50)
    first = write_spots(tmp_path / "first", stills, seed=2)
    again = write_spots(tmp_path / "again", stills, seed=2)
    other = write_spots(tmp_path / "other", stills, seed=3)
    assert first[0].read_bytes() == again[0].read_bytes()
    assert first[1].read_bytes() == again[1].read_bytes()
    assert first[1].read_bytes() != other[1].read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{name}.{kind}" for name in ("again", "first", "other") for kind in ("expt", "refl")
    ]


def test_ten_thousand_shots_a_minute(tmp_path):
    start = time.perf_counter()
    write_spots(tmp_path / "stills", simulate(2000), seed=2)
    assert time.perf_counter() - start < 2000 / 10000 * 60


def test_no_spot_is_an_error_and_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="no spot has"):
        write_spots(tmp_path / "stills", simulate(3, StillsConditions(photons=1e-3)), seed=2)
    assert list(tmp_path.iterdir()) == []
