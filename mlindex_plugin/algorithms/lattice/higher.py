"""Lattices of higher symmetry that a cell is close to."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice.bravais import LATTICES, BravaisLattice, xnn_from_cells
from mlindex_plugin.algorithms.lattice.settings import search_symmetry

_DEVIATIONS = (0.1, 0.3, 1.0)  # degrees
_CENTRED_MONOCLINIC_TO_SEARCH = ("a-c,b,c", "a+c,b,c", "-a-c,b,a")


def higher_symmetry(lattice: BravaisLattice, cell, max_delta: float = 1.0) -> list[tuple[str, np.ndarray]]:
    """Cells of higher symmetry within an angular tolerance (cctbx; Le Page 1982, J. Appl. Cryst. 15, 255).

    Parameters
    ----------
    lattice : BravaisLattice
    cell : sequence of 6 float
        Å and degrees, search setting.
    max_delta : float
        Largest angle between a direct axis and the reciprocal axis that should be parallel to it, degrees.

    Returns
    -------
    list of (str, numpy.ndarray of shape (n_free,))
        Bravais lattice and free xnn, 1/Å², in its search setting; the lattice itself is left out.
    """
    from cctbx.sgtbx import bravais_types, lattice_symmetry

    found = []
    symmetry = search_symmetry(lattice, cell)
    try:
        groups = lattice_symmetry.metric_subgroups(symmetry, max_delta).result_groups
    except RuntimeError:  # cctbx: a cell so flat that its reduction overflows
        return found
    for group in groups:
        reference = group["ref_subsym"]
        symbol = str(bravais_types.bravais_lattice(group=reference.space_group()))
        if symbol == lattice.symbol or symbol not in LATTICES or symbol == "aP":
            continue
        found.append((symbol, _free_xnn(symbol, reference)))
    return found


def pseudo_symmetry(niggli, n_operations: int) -> list[tuple[float, str, np.ndarray]]:
    """The highest symmetries of a primitive cell within 0.1, 0.3 and 1 degree, where they exceed its own.

    Parameters
    ----------
    niggli : sequence of 6 float
        Niggli cell, Å and degrees.
    n_operations : int
        Order of the Laue group that the lattice has already.

    Returns
    -------
    list of (float, str, numpy.ndarray of shape (n_free,))
        Deviation from the symmetry in degrees (cctbx; Le Page 1982, J. Appl. Cryst. 15, 255), Bravais lattice, and
        free xnn of the cell that has it, 1/Å², in its search setting.
    """
    from cctbx import crystal, uctbx
    from cctbx.sgtbx import bravais_types, lattice_symmetry, space_group, tr_vec

    cell = uctbx.unit_cell(tuple(float(v) for v in niggli))
    found, order = [], n_operations // 2  # rotations alone
    for delta in _DEVIATIONS:
        group = lattice_symmetry.group(cell, delta)
        if group.order_z() <= order:
            continue
        order = group.order_z()
        centric = space_group(group)
        centric.expand_inv(tr_vec((0, 0, 0)))
        symmetry = crystal.symmetry(cell, space_group=centric, assert_is_compatible_unit_cell=False)
        reference = symmetry.as_reference_setting()
        symbol = str(bravais_types.bravais_lattice(group=reference.space_group()))
        found.append((lattice_symmetry.find_max_delta(cell, group), symbol, _free_xnn(symbol, reference)))
    return found


def _free_xnn(symbol: str, reference) -> np.ndarray:
    """Free xnn in the search setting of a crystal symmetry in the reference setting."""
    if symbol == "mC":
        reference = _body_centred(reference)
    full = xnn_from_cells(np.array(reference.unit_cell().parameters()))
    return full[list(LATTICES[symbol].columns)]


def _body_centred(symmetry):
    for operator in _CENTRED_MONOCLINIC_TO_SEARCH:
        changed = symmetry.change_basis(operator)
        if changed.space_group().conventional_centring_type_symbol() == "I":
            return changed
    raise RuntimeError(f"no body-centred setting of {symmetry.unit_cell()}")
