"""Make the shipped example: images of a mithrene-like crystal, through dials.import and dials.find_spots.

    python tests/data/make_mithrene_stills.py [--stills 2000] [--nproc 1] [--output tests/data]

writes mithrene_stills.expt and mithrene_stills.refl.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from itertools import islice
from pathlib import Path

from mlindex_plugin.algorithms.simulate.detector import square_detector
from mlindex_plugin.algorithms.simulate.images import render_images
from mlindex_plugin.algorithms.simulate.nxmx import write_nxmx
from mlindex_plugin.algorithms.simulate.random_crystal import crystal_reflections, random_structure
from mlindex_plugin.algorithms.simulate.stills import Stills, StillsConditions, simulate_spots

UNIT_CELL = (5.93, 7.32, 29.2, 90, 95.4, 90)
SPACE_GROUP = "P 1 21/c 1"
ELEMENTS = ["Ag"] * 2 + ["Se"] * 2 + ["C"] * 12
STRUCTURE_SEED = 8
STILLS_SEED = 20
IMAGES_SEED = 21
CONDITIONS = StillsConditions(crystals_per_shot=6, photons=130)
DISTANCE, PIXEL_SIZE, N_PIXELS = 165.0, 0.15, 1024  # mm, mm, along each edge
BLOCK = 100  # stills a file: dials.find_spots keeps every image of its input in memory, 12 MB each here


def simulate(n_stills: int) -> Stills:
    """Simulate the spots of all stills."""
    detector = square_detector(DISTANCE, PIXEL_SIZE, N_PIXELS, CONDITIONS.wavelength)
    d_min = detector.get_max_resolution((0, 0, -1 / CONDITIONS.wavelength))
    structure = random_structure(UNIT_CELL, SPACE_GROUP, STRUCTURE_SEED, ELEMENTS)
    return simulate_spots(crystal_reflections(structure, d_min), detector, n_stills, STILLS_SEED, CONDITIONS)


def find_spots(stills: Stills, folder: Path, nproc: int) -> list[str]:
    """Render the images block by block and pass them through DIALS; return the names of the files it made."""
    images = render_images(stills, IMAGES_SEED)
    names = []
    for first in range(0, len(stills.wavelength), BLOCK):
        wavelength = stills.wavelength[first : first + BLOCK]
        stem = f"stills_{first:05d}"
        write_nxmx(folder / f"{stem}.h5", islice(images, len(wavelength)), stills.detector[0], wavelength)
        run_dials(["dials.import", f"{stem}.h5", f"output.experiments={stem}.expt"], folder)
        command = ["dials.find_spots", f"{stem}.expt", f"output.reflections={stem}.refl", "output.shoeboxes=False"]
        run_dials([*command, f"nproc={nproc}"], folder)
        (folder / f"{stem}.h5").unlink()
        names += [f"{stem}.expt", f"{stem}.refl"]
    return names


def run_dials(arguments: list[str], folder: Path) -> None:
    """Run one DIALS command in a folder, or exit with what it said."""
    if shutil.which(arguments[0]) is None:
        sys.exit(f"{arguments[0]} is not on PATH; install DIALS to make the example.")
    result = subprocess.run(arguments, cwd=folder, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{result.stdout}{result.stderr}")


def without_folders(experiments: Path, destination: Path) -> None:
    """Copy an .expt file compactly, image files named without their folder, which is not shipped."""
    content = json.loads(experiments.read_text())
    for imageset in content["imageset"]:
        imageset["images"] = [Path(name).name for name in imageset["images"]]
    destination.write_text(json.dumps(content, separators=(",", ":")) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stills", type=int, default=2000)
    parser.add_argument("--nproc", type=int, default=1, help="processes of dials.find_spots")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent, help="folder for the two files")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names = find_spots(simulate(options.stills), folder, options.nproc)
        run_dials(["dials.combine_experiments", *names, "reference_from_experiment.detector=0"], folder)
        without_folders(folder / "combined.expt", options.output / "mithrene_stills.expt")
        shutil.copyfile(folder / "combined.refl", options.output / "mithrene_stills.refl")


if __name__ == "__main__":
    main()
