"""PHIL files for ``cctbx.small_cell_process``: the next step after the cell is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlindex_plugin.algorithms.ranking import Solution

LEADING = 5


def small_cell_name(rank: int) -> str:
    """File name for the solution of this rank."""
    return f"small_cell_{rank}.phil"


def small_cell_phil(solution: Solution) -> str:
    """PHIL text that gives a solution's cell to ``cctbx.small_cell_process``.

    The space group is that of the lattice's rotations in the setting of the cell; it makes no claim about
    absences, so small_cell predicts every line of the lattice.
    """
    merit = solution.figures_of_merit.get("M")
    quality = "" if merit is None else f", M = {merit:.1f}"
    cell = " ".join(f"{value:.5f}" for value in solution.unit_cell)
    return (
        f"# dials.mlindex_powder, rank {solution.rank}: {solution.bravais_lattice}, "
        f"{solution.n_indexed} of {solution.n_peaks} lines indexed{quality}\n"
        "small_cell {\n"
        f"  powdercell = {cell}\n"
        f'  spacegroup = "{solution.space_group}"\n'
        "}\n"
    )
