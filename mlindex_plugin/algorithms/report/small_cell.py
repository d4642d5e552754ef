"""PHIL files for ``cctbx.small_cell_process``: the next step after the cell is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlindex_plugin.algorithms.ranking.extinction import probable
from mlindex_plugin.algorithms.ranking.extinction_choice import space_group_for_indexing

if TYPE_CHECKING:
    from mlindex_plugin.algorithms.ranking import Solution

LEADING = 5


def small_cell_name(rank: int, phase: int = 1) -> str:
    """File name for the solution of this rank; that of a further phase has the phase's number before it."""
    return f"small_cell_{rank}.phil" if phase == 1 else f"small_cell_{phase}_{rank}.phil"


def small_cell_phil(solution: Solution) -> str:
    """PHIL text that gives a solution's cell to ``cctbx.small_cell_process``.

    The space group has the absences that are likely, and where possible all rotations of the lattice; the
    other probable extinction symbols are named in a comment. Of a solution without extinction symbols it is the group
    of the lattice's rotations, so that small_cell predicts every line of the lattice.
    """
    merit = solution.figures_of_merit.get("M")
    quality = "" if merit is None else f", M = {merit:.1f}"
    cell = " ".join(f"{value:.5f}" for value in solution.unit_cell)
    return (
        f"# dials.mlindex_powder, rank {solution.rank}: {solution.bravais_lattice}, "
        f"{solution.n_indexed} of {solution.n_peaks} lines indexed{quality}\n"
        f"{_alternatives(solution)}"
        "small_cell {\n"
        f"  powdercell = {cell}\n"
        f'  spacegroup = "{space_group_for_indexing(solution)}"\n'
        "}\n"
    )


def _alternatives(solution: Solution) -> str:
    """Comment lines with the extinction symbols that hold 90 % of the probability, and their space groups."""
    return "".join(
        f"# extinction symbol {one.symbol} ({one.probability:.2f}): {', '.join(one.space_groups)}\n"
        for one in probable(solution.extinction)
    )
