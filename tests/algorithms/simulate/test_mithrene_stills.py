"""The shipped example, and the script that made it, through the real dials.import and dials.find_spots."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cctbx import crystal, miller

import mlindex_plugin

pytest.importorskip("dials")

ROOT = Path(mlindex_plugin.__file__).parents[1]
DATA = Path(__file__).parents[2] / "data"
SYMMETRY = crystal.symmetry((5.93, 7.32, 29.2, 90, 95.4, 90), "P 1 21/c 1")


def spots_q2(folder):
    """Experiments of the example in a folder and q2 of its spots, by DIALS's own mapping."""
    from dials.array_family import flex
    from dxtbx.model.experiment_list import ExperimentList

    experiments = ExperimentList.from_file(str(folder / "mithrene_stills.expt"), check_format=False)
    table = flex.reflection_table.from_file(str(folder / "mithrene_stills.refl"))
    table["imageset_id"] = table["id"]
    table.centroid_px_to_mm(experiments)
    table.map_centroids_to_reciprocal_space(experiments)
    return experiments, table, table["rlp"].norms().as_numpy_array() ** 2


def true_lines(symmetry):
    return np.unique(miller.build_set(symmetry, False, d_min=2.0).d_star_sq().data().as_numpy_array().round(9))


def distance_to_lines(q2, lines):
    return np.abs(q2[:, None] - lines).min(axis=1)


@pytest.mark.skipif(shutil.which("dials.find_spots") is None, reason="dials.find_spots is not on PATH")
def test_script_runs_end_to_end(tmp_path):
    command = [sys.executable, str(DATA / "make_mithrene_stills.py"), "--stills", "12", "--output", str(tmp_path)]
    search_path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    subprocess.run(command, check=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": search_path})
    experiments, table, q2 = spots_q2(tmp_path)
    assert len({one.beam.get_wavelength() for one in experiments}) == 12
    assert 12 <= len(table) <= 120
    assert "shoebox" not in table
    low = q2 < 0.06
    assert low.sum() >= 6
    assert np.median(distance_to_lines(q2[low], true_lines(SYMMETRY))) < 5e-5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mithrene_stills.expt", "mithrene_stills.refl"]


def test_shipped_files_are_small():
    assert sum((DATA / f"mithrene_stills.{kind}").stat().st_size for kind in ("expt", "refl")) < 4e6


def test_shipped_spots_lie_on_the_lines_without_bias():
    experiments, table, q2 = spots_q2(DATA)
    assert len(experiments) >= 1000
    assert len(experiments.beams()) == len(experiments)
    table.assert_experiment_identifiers_are_consistent(experiments)
    lines = true_lines(SYMMETRY)
    gap = np.minimum(np.diff(lines, prepend=0), np.diff(lines, append=np.inf))
    alone = lines[:40][gap[:40] > 6e-4]
    error = (q2[:, None] - alone)[np.arange(len(q2)), np.abs(q2[:, None] - alone).argmin(axis=1)]
    error = error[np.abs(error) < 3e-4]
    assert len(error) > 1000
    assert abs(np.median(error)) < 3e-6
    assert np.median(np.abs(error)) < 4e-5


def test_shipped_spots_show_the_first_lines_and_no_absent_one():
    _, _, q2 = spots_q2(DATA)
    lines = true_lines(SYMMETRY)[:20]
    counts = np.array([(np.abs(q2 - line) < 3e-5).sum() for line in lines])
    assert (counts >= 10).sum() >= 18

    without_absences = true_lines(crystal.symmetry(SYMMETRY.unit_cell(), "P 1 2/m 1"))
    absent = without_absences[distance_to_lines(without_absences, true_lines(SYMMETRY)) > 2.5e-4]
    absent = absent[absent < lines[-1]]
    assert len(absent) >= 4
    for line in absent:
        assert (np.abs(q2 - line) < 5e-5).sum() <= 2
