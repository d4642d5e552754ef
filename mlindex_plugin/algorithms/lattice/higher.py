"""Lattices of higher symmetry that a cell is close to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mlindex_plugin.algorithms.lattice.bravais import LATTICES, BravaisLattice, free_xnn
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
    from cctbx.sgtbx import lattice_symmetry

    try:
        minimum = search_symmetry(lattice, cell).minimum_cell().unit_cell()
        group = lattice_symmetry.group(minimum, max_delta)
        settings = _settings_of_subgroups(_operations(group))
        return [(setting.symbol, setting.free_xnn(minimum)) for setting in settings if setting.symbol != lattice.symbol]
    except RuntimeError:  # cctbx: a cell so flat that its reduction overflows
        return []


@dataclass(frozen=True)
class _Setting:
    """A Bravais lattice whose rotations a reduced cell nearly has.

    Attributes
    ----------
    symbol : str
    group : cctbx.sgtbx.space_group
        The rotations, with inversion, on the axes of the reduced cell.
    to_search : cctbx.sgtbx.change_of_basis_op
        To the search setting.
    """

    symbol: str
    group: object
    to_search: object

    def free_xnn(self, cell) -> np.ndarray:
        """Free xnn in the search setting of a reduced cell, averaged over the group, 1/Å²."""
        adapted = self.group.average_unit_cell(cell).change_basis(self.to_search)
        return free_xnn(LATTICES[self.symbol], np.array(adapted.parameters()))


@lru_cache(maxsize=1024)
def _settings_of_subgroups(operations: tuple[str, ...]) -> tuple[_Setting, ...]:
    """The Bravais lattices, but aP, of all subgroups of a group of rotations of a reduced cell, highest first.

    Reduced cells have few groups, and to find the subgroups and their settings takes a thousand times longer than to
    apply them to a cell; hence not cctbx's `metric_subgroups`, which does both for each cell.
    """
    from cctbx.sgtbx import space_group, space_group_info, space_group_type, subgroups

    group = space_group()
    for operation in operations:
        group.expand_smx(operation)
    found = subgroups.subgroups(space_group_info(group=group)).groups_parent_setting()
    found.sort(key=lambda one: (one.order_z(), space_group_type(one, False).number()), reverse=True)
    settings = [_setting(one) for one in found if one.order_z() > 1]
    # the others are not all the rotations of a lattice
    return tuple(one for one in settings if one.group.order_z() == LATTICES[one.symbol].n_operations)


def _setting(group) -> _Setting:
    """The setting of a group of rotations of a reduced cell."""
    from cctbx.sgtbx import bravais_types, space_group, tr_vec

    centric = space_group(group)
    centric.expand_inv(tr_vec((0, 0, 0)))
    to_search = centric.type().cb_op()
    reference = centric.change_basis(to_search)
    symbol = str(bravais_types.bravais_lattice(group=reference))
    if symbol == "mC":
        to_search = _to_body_centred(reference) * to_search
    return _Setting(symbol, centric, to_search)


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
    from cctbx import uctbx
    from cctbx.sgtbx import lattice_symmetry

    cell = uctbx.unit_cell(tuple(float(v) for v in niggli))
    found, order = [], n_operations // 2  # rotations alone
    for delta in _DEVIATIONS:
        group = lattice_symmetry.group(cell, delta)
        if group.order_z() <= order:
            continue
        order = group.order_z()
        setting = _setting(group)
        found.append((lattice_symmetry.find_max_delta(cell, group), setting.symbol, setting.free_xnn(cell)))
    return found


def _operations(group) -> tuple[str, ...]:
    """A group as something that can be looked up."""
    group.make_tidy()
    return tuple(operation.as_xyz() for operation in group)


def _to_body_centred(group):
    """From the reference setting of a centred monoclinic group to the search setting."""
    from cctbx.sgtbx import change_of_basis_op

    for operator in map(change_of_basis_op, _CENTRED_MONOCLINIC_TO_SEARCH):
        if group.change_basis(operator).conventional_centring_type_symbol() == "I":
            return operator
    raise RuntimeError(f"no body-centred setting of {group.info()}")
