"""From the setting in which a lattice is searched to the conventional one."""

from __future__ import annotations

from functools import cache

import numpy as np

from mlindex_plugin.algorithms.lattice.bravais import BravaisLattice, direct_metric_from_cells

# Group of the rotations of the lattice in the search setting, where that is not the conventional one.
_SEARCH_GROUP = {"mC": "I 1 2 1"}


def symmetric_tensor(values) -> np.ndarray:
    """Tensor, shape (3, 3), of the six values (11, 22, 33, 12, 13, 23) in which cctbx gives metrical matrices."""
    return np.array(values)[[[0, 3, 4], [3, 1, 5], [4, 5, 2]]]


def search_symmetry(lattice: BravaisLattice, cell):
    """Crystal symmetry of a cell in the search setting.

    Parameters
    ----------
    lattice : BravaisLattice
    cell : sequence of 6 float
        Å and degrees, search setting.

    Returns
    -------
    cctbx.crystal.symmetry
    """
    from cctbx import crystal

    return crystal.symmetry(
        unit_cell=tuple(float(v) for v in cell),
        space_group_symbol=_SEARCH_GROUP.get(lattice.symbol, lattice.space_group),
        assert_is_compatible_unit_cell=False,
    )


def niggli_cell(lattice: BravaisLattice, cell) -> tuple[float, ...]:
    """Niggli reduced primitive cell of a cell in the search setting (cctbx; Krivy & Gruber 1976)."""
    from cctbx import uctbx

    group, to_primitive = _group_and_primitive(lattice)
    symmetric = group.average_unit_cell(uctbx.unit_cell(tuple(float(v) for v in cell)))
    return symmetric.change_basis(to_primitive).niggli_cell().parameters()


@cache
def _group_and_primitive(lattice: BravaisLattice):
    """Rotations of a lattice in its search setting, and the operator to primitive axes: slow to make of symbols."""
    from cctbx import sgtbx

    group = sgtbx.space_group_info(_SEARCH_GROUP.get(lattice.symbol, lattice.space_group)).group()
    return group, group.z2p_op()


def conventional_basis(lattice: BravaisLattice, cell: np.ndarray) -> np.ndarray:
    """Integer matrix from the search setting to the conventional one.

    Orthorhombic P, I and F: a < b < c; C: a < b. Monoclinic: the two shortest vectors of the ac plane that leave
    the lattice P or C, obtuse beta, and a < c for P. Triclinic: the Niggli cell. Others are searched in their
    conventional setting.

    Parameters
    ----------
    lattice : BravaisLattice
    cell : numpy.ndarray, shape (6,)
        Å and degrees, search setting.

    Returns
    -------
    numpy.ndarray of int, shape (3, 3)
        Rows are the conventional axes in the basis of the search axes; Miller indices transform alike.
    """
    if lattice.system == "orthorhombic":
        order = np.argsort(cell[:3], kind="stable")
        if lattice.centring == "C":
            order = np.array([*np.argsort(cell[:2], kind="stable"), 2])
        return _right_handed(np.eye(3, dtype=int)[order])
    if lattice.system == "monoclinic":
        return _monoclinic_basis(lattice, cell)
    if lattice.system == "triclinic":
        operator = search_symmetry(lattice, cell).change_of_basis_op_to_niggli_cell()
        # axes transform by the transposed inverse of what coordinates transform by
        rotation = np.array(operator.c_inv().r().as_double()).reshape(3, 3)
        return np.rint(rotation.T).astype(int)
    return np.eye(3, dtype=int)


def _right_handed(basis: np.ndarray) -> np.ndarray:
    return basis if np.linalg.det(basis) > 0 else -basis


def _monoclinic_basis(lattice: BravaisLattice, cell: np.ndarray) -> np.ndarray:
    metric = direct_metric_from_cells(cell)
    u, v = np.array([1, 0, 0]), np.array([0, 0, 1])
    # Lagrange-Gauss reduction of the ac plane
    while True:
        if u @ metric @ u > v @ metric @ v:
            u, v = v, u
        step = int(np.rint((u @ metric @ v) / (u @ metric @ u)))
        if step == 0:
            break
        v = v - step * u
    vectors = [u, v, u + v, u - v, u + 2 * v, u - 2 * v, 2 * u + v, 2 * u - v]
    best = None
    for first in vectors:
        # (a + b + c)/2 centres the search cell: with a' = odd a + odd c the face a'b is centred
        if lattice.centring == "I" and not (first[0] % 2 and first[2] % 2):
            continue
        for second in vectors:
            if abs(first[0] * second[2] - first[2] * second[0]) != 1:
                continue
            size = np.sqrt(first @ metric @ first) + np.sqrt(second @ metric @ second)
            if best is None or size < best[0] - 1e-9:
                best = size, first, second
    _, a, c = best
    if lattice.centring == "P" and a @ metric @ a > c @ metric @ c:
        a, c = c, a
    if a @ metric @ c > 1e-9:
        c = -c
    return _right_handed_unique_b(a, c)


def _right_handed_unique_b(a: np.ndarray, c: np.ndarray) -> np.ndarray:
    b = np.array([0, 1, 0])
    basis = np.array([a, b, c])
    return basis if np.linalg.det(basis) > 0 else np.array([a, -b, c])
