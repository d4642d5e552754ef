"""Run the main job on the shipped example and print the cell that it finds beside the truth (``make demo``)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from cctbx import uctbx

REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLE = REPOSITORY / "tests" / "data" / "mithrene_stills"
OUTPUT = REPOSITORY / "build" / "demo"
TRUTH = uctbx.unit_cell((5.93, 7.32, 29.2, 90, 95.4, 90))


def main():
    """Return 0 if the solution of rank 1 is the true cell, within 1 % in lengths and 1 degree in angles."""
    command = Path(sys.executable).with_name("dials.mlindex_powder")
    files = [EXAMPLE.with_suffix(".expt"), EXAMPLE.with_suffix(".refl")]
    status = subprocess.run([command, *files, f"output.directory={OUTPUT}"]).returncode
    if status:
        return status
    solutions = json.loads((OUTPUT / "mlindex_powder.json").read_text())["solutions"]
    if not solutions:
        print("No cell was found.")
        return 1
    best = solutions[0]
    right = uctbx.unit_cell(best["niggli_cell"]).similarity_transformations(
        TRUTH.niggli_cell(), relative_length_tolerance=0.01, absolute_angle_tolerance=1
    )
    print()
    _show(f"found at rank 1 ({best['bravais_lattice']}):", best["unit_cell"])
    _show("  its Niggli cell:", best["niggli_cell"])
    _show("true cell (mP):", TRUTH.parameters())
    _show("  its Niggli cell:", TRUTH.niggli_cell().parameters())
    print("The cells are the same." if right.size() else "The cells differ.")
    return 0 if right.size() else 1


def _show(name, cell):
    print(f"{name:<24}", " ".join(f"{value:8.3f}" for value in cell))


if __name__ == "__main__":
    sys.exit(main())
