"""Is a solution's cell the true cell? The success test that every evaluation uses, and its statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tolerance:
    """Largest difference of two primitive cells: relative in lengths, degrees in angles."""

    length: float
    angle: float


SUCCESS = Tolerance(length=0.01, angle=1.0)
STRICT = Tolerance(length=0.003, angle=0.3)


def niggli_cell(parameters, centring):
    """Niggli cell of a conventional cell.

    Parameters
    ----------
    parameters : sequence of 6 float
        a, b, c in Å, alpha, beta, gamma in degrees.
    centring : str
        P, A, B, C, I, F, or R. R means hexagonal axes, obverse; a cell with three equal axes and three equal
        angles is taken as primitive rhombohedral.

    Returns
    -------
    cctbx.uctbx.unit_cell
    """
    from cctbx import sgtbx, uctbx

    cell = uctbx.unit_cell(list(parameters))
    if centring == "R" and _is_rhombohedral_primitive(cell):
        centring = "P"
    to_primitive = sgtbx.space_group(f"{centring} 1").info().change_of_basis_op_to_primitive_setting()
    return cell.change_basis(to_primitive).niggli_cell()


def same_lattice(found, truth, tolerance=SUCCESS):
    """Whether two primitive cells are the same lattice within a tolerance.

    The Niggli cell alone jumps at boundaries, so that every unimodular transformation with elements -1, 0, 1 that
    brings one cell onto the other is tried (cctbx `similarity_transformations`).

    Parameters
    ----------
    found, truth : cctbx.uctbx.unit_cell
        Primitive cells.
    tolerance : Tolerance

    Returns
    -------
    bool
    """
    matrices = truth.niggli_cell().similarity_transformations(
        other=found.niggli_cell(),
        relative_length_tolerance=tolerance.length,
        absolute_angle_tolerance=tolerance.angle,
        unimodular_generator_range=1,
    )
    return matrices.size() > 0


def rank_of_truth(solutions, truth, tolerance=SUCCESS, bravais_lattices=None):
    """Rank, from 1, of the first solution whose lattice is the true one.

    Parameters
    ----------
    solutions : sequence of mlindex_plugin.Solution
        In order of rank.
    truth : cctbx.uctbx.unit_cell
        Primitive cell.
    tolerance : Tolerance
    bravais_lattices : collection of str, optional
        Where given, the solution's Bravais lattice must be one of them too.

    Returns
    -------
    int or None
    """
    from cctbx import uctbx

    for rank, solution in enumerate(solutions, start=1):
        if bravais_lattices and solution.bravais_lattice not in bravais_lattices:
            continue
        if same_lattice(uctbx.unit_cell(list(solution.niggli_cell)), truth, tolerance):
            return rank
    return None


def wilson_interval(successes, n, z=1.96):
    """95 % confidence interval of a proportion (Wilson, 1927, J. Am. Stat. Assoc. 22, 209).

    Parameters
    ----------
    successes, n : int
    z : float
        Standard normal quantile.

    Returns
    -------
    low, high : float
        (0, 1) for n = 0.
    """
    if n == 0:
        return 0.0, 1.0
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def _is_rhombohedral_primitive(cell):
    a, b, c, alpha, beta, gamma = cell.parameters()
    return np.allclose([b, c], a, rtol=1e-4) and np.allclose([beta, gamma], alpha, atol=1e-2)
