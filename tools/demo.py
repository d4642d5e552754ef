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
    best = json.loads((OUTPUT / "mlindex_powder.json").read_text())["solutions"][0]
    niggli = uctbx.unit_cell(best["niggli_cell"])
    right = niggli.similarity_transformations(
        TRUTH.niggli_cell(), relative_length_tolerance=0.01, absolute_angle_tolerance=1
    )
    print()
    print(f"found at rank 1 ({best['bravais_lattice']}): {uctbx.unit_cell(best['unit_cell'])}")
    print(f"  its Niggli cell:    {niggli}")
    print(f"true cell (mP):       {TRUTH}")
    print(f"  its Niggli cell:    {TRUTH.niggli_cell()}")
    print("The cells are the same." if right.size() else "The cells differ.")
    return 0 if right.size() else 1


if __name__ == "__main__":
    sys.exit(main())
