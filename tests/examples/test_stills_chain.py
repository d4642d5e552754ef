"""examples/stills_to_cells.sh on simulated images, through the real DIALS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import islice
from pathlib import Path
from shutil import which

import pytest
from cctbx import uctbx

from mlindex_plugin.algorithms.simulate import (
    StillsConditions,
    crystal_reflections,
    random_structure,
    render_images,
    simulate_spots,
    square_detector,
    write_nxmx,
)

REPOSITORY = Path(__file__).parents[2]
SCRIPT = REPOSITORY / "examples" / "stills_to_cells.sh"
BIN = Path(sys.executable).parent
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "PYTHONPATH": os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]),
}
CELL = (7.24, 7.24, 11.87, 90, 90, 90)
CONDITIONS = StillsConditions(crystals_per_shot=8, photons=200)
N_STILLS, IN_A_FILE = 120, 60

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(which("dials.find_spots") is None, reason="DIALS is not installed"),
    pytest.mark.skipif(not (BIN / "dials.mlindex_powder").exists(), reason="the command is not installed"),
]


def write_images(folder: Path) -> list[Path]:
    """Two files of stills of a tetragonal crystal."""
    detector = square_detector(120.0, 0.3, 512, CONDITIONS.wavelength)
    d_min = detector.get_max_resolution((0, 0, -1 / CONDITIONS.wavelength))
    reflections = crystal_reflections(random_structure(CELL, "P 4/m m m", 3, ["Zn", "S", "C", "C"]), d_min)
    stills = simulate_spots(reflections, detector, N_STILLS, 4, CONDITIONS)
    images = render_images(stills, 5)
    paths = []
    for first in range(0, N_STILLS, IN_A_FILE):
        paths.append(folder / f"images_{first}.h5")
        wavelength = stills.wavelength[first : first + IN_A_FILE]
        write_nxmx(paths[-1], islice(images, IN_A_FILE), detector[0], wavelength)
    return paths


def test_from_images_to_the_phil_of_small_cell(tmp_path):
    images = write_images(tmp_path)
    command = [SCRIPT, "out", *images]
    process = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=600)
    assert process.returncode == 0, process.stdout[-2000:] + process.stderr[-2000:]
    cells = tmp_path / "out" / "cells"
    best = json.loads((cells / "mlindex_powder.json").read_text())["solutions"][0]
    assert best["bravais_lattice"] == "tP"
    found = uctbx.unit_cell(best["niggli_cell"])
    assert found.is_similar_to(uctbx.unit_cell(CELL).niggli_cell(), 0.01, 1.0), best["niggli_cell"]
    powdercell = (cells / "small_cell_1.phil").read_text().split("powdercell = ")[1].split("\n")[0]
    assert uctbx.unit_cell(powdercell).is_similar_to(uctbx.unit_cell(CELL), 0.01, 1.0)
    assert "small_cell_1.phil" in process.stdout or (tmp_path / "out" / "indexed").exists()

    spots = sorted((tmp_path / "out").glob("spots_*.refl"))
    made = [path.stat().st_mtime_ns for path in spots]
    assert len(spots) == 2
    process = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=600)
    assert process.returncode == 0  # and spots are not looked for again
    assert [path.stat().st_mtime_ns for path in spots] == made


def test_without_images_the_script_says_how_it_is_used(tmp_path):
    process = subprocess.run([SCRIPT, "out"], cwd=tmp_path, capture_output=True, text=True)
    assert process.returncode == 1 and process.stderr.startswith("usage: ")
