"""Is a solution's cell the true cell? The success test of every evaluation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerance:
    """Largest difference of two primitive cells: relative in lengths, degrees in angles."""

    length: float
    angle: float


SUCCESS = Tolerance(length=0.01, angle=1.0)
STRICT = Tolerance(length=0.003, angle=0.3)


def same_lattice(found, truth, tolerance: Tolerance = SUCCESS) -> bool:
    """Whether two primitive cells are the same lattice within a tolerance.

    The Niggli cell alone jumps at boundaries, so that every unimodular transformation with elements -1, 0, 1 that
    brings one cell onto the other is tried (cctbx `similarity_transformations`).

    Parameters
    ----------
    found, truth : cctbx.uctbx.unit_cell
        Primitive cells.
    tolerance : Tolerance
    """
    matrices = truth.niggli_cell().similarity_transformations(
        other=found.niggli_cell(),
        relative_length_tolerance=tolerance.length,
        absolute_angle_tolerance=tolerance.angle,
        unimodular_generator_range=1,
    )
    return matrices.size() > 0


def rank_of_truth(solutions, truth, tolerance: Tolerance = SUCCESS, bravais_lattices=None) -> int | None:
    """Rank, from 1, of the first solution whose lattice is the true one; None where none is.

    Parameters
    ----------
    solutions : sequence of mlindex_plugin.Solution
        In order of rank.
    truth : cctbx.uctbx.unit_cell
        Primitive cell.
    tolerance : Tolerance
    bravais_lattices : collection of str, optional
        Where given, the solution's Bravais lattice must be one of them too.
    """
    from cctbx import uctbx

    for rank, solution in enumerate(solutions, start=1):
        if bravais_lattices and solution.bravais_lattice not in bravais_lattices:
            continue
        if same_lattice(uctbx.unit_cell(list(solution.niggli_cell)), truth, tolerance):
            return rank
    return None
