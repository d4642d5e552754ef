"""The real command dials.mlindex_powder and lines for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cctbx import crystal, miller, uctbx
from real_commands import ENVIRONMENT, command_of, finished, installed

INSTALLED, COMMAND = installed("mlindex_powder"), command_of("mlindex_powder")
TETRAGONAL = (5.12, 5.12, 8.37, 90, 90, 90)
MONOCLINIC = (7.371, 5.935, 14.887, 90, 95.45, 90)


def mlindex_powder(*arguments, cwd, launcher=()):
    """Run the real command; returns the completed process with its output as text."""
    return finished([*launcher, *COMMAND], *arguments, cwd=cwd)


def begin(*arguments, cwd):
    """The command, begun and left running."""
    return subprocess.Popen(
        [*COMMAND, *arguments], cwd=cwd, env=ENVIRONMENT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def write_lines(path: Path, cell, space_group, n_lines=25) -> Path:
    """The first lines of a cell as a column of d, five decimals, made by cctbx."""
    symmetry = crystal.symmetry(unit_cell=cell, space_group_symbol=space_group)
    indices = miller.build_set(symmetry, anomalous_flag=False, d_min=1.2).indices()
    d = sorted({round(value, 5) for value in uctbx.unit_cell(cell).d(indices)}, reverse=True)
    path.write_text("".join(f"{value:.5f}\n" for value in d[:n_lines]))
    return path


def names(directory):
    return sorted(path.name for path in directory.iterdir())
