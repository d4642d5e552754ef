"""Lattices of higher symmetry that a cell is close to."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice.bravais import LATTICES, BravaisLattice, xnn_from_cells
from mlindex_plugin.algorithms.lattice.settings import search_symmetry

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
        higher = LATTICES[symbol]
        if symbol == "mC":
            reference = _body_centred(reference)
        full = xnn_from_cells(np.array(reference.unit_cell().parameters()))
        found.append((symbol, full[list(higher.columns)]))
    return found


def _body_centred(symmetry):
    for operator in _CENTRED_MONOCLINIC_TO_SEARCH:
        changed = symmetry.change_basis(operator)
        if changed.space_group().conventional_centring_type_symbol() == "I":
            return changed
    raise RuntimeError(f"no body-centred setting of {symmetry.unit_cell()}")
