"""The common setting: one choice of axes for all crystals of a Bravais lattice."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from mlindex_plugin.algorithms.lattice import symmetric_tensor
from mlindex_plugin.algorithms.simulate.preparation.reduced_basis import monoclinic_basis, selling_basis
from mlindex_plugin.algorithms.simulate.structure import bravais_lattice_symbol

_MONOCLINIC_SYMBOLS = {
    3: "P 1 2 1",
    4: "P 1 21 1",
    5: "I 1 2 1",
    6: "P 1 m 1",
    7: "P 1 n 1",
    8: "I 1 m 1",
    9: "I 1 a 1",
    10: "P 1 2/m 1",
    11: "P 1 21/m 1",
    12: "I 1 2/m 1",
    13: "P 1 2/n 1",
    14: "P 1 21/n 1",
    15: "I 1 2/a 1",
}
_QUARTERS = tuple(itertools.product(range(4), repeat=3))


@dataclass(frozen=True)
class CommonSetting:
    """A crystal's symmetry in the common setting.

    Attributes
    ----------
    change_of_basis : cctbx.sgtbx.change_of_basis_op
        From the setting that was given to the common one; keeps the hand.
    bravais_lattice : str
    unit_cell : cctbx.uctbx.unit_cell
        Å and degrees.
    space_group_number : int
    space_group : str
        Hermann-Mauguin symbol, without a suffix for origin or axes; rhombohedral groups are on hexagonal axes.
    """

    change_of_basis: Any
    bravais_lattice: str
    unit_cell: Any
    space_group_number: int
    space_group: str


def to_common_setting(crystal_symmetry) -> CommonSetting:
    """The common setting of a crystal.

    Cubic, tetragonal, hexagonal: conventional; rhombohedral: hexagonal axes, obverse. Orthorhombic P, I, F:
    a < b < c; A, B and C: C-centred with a < b. Monoclinic, unique axis b: from the obtuse superbase of the ac plane
    the pair whose sum carries the centring (I) or the glide (n), else the two shortest; a < c. Triclinic:
    Selling-reduced, no angle acute.

    Parameters
    ----------
    crystal_symmetry : cctbx.crystal.symmetry

    Returns
    -------
    CommonSetting
    """
    to_reference, number, lattice = _reference(crystal_symmetry.space_group())
    cell = crystal_symmetry.unit_cell().change_basis(to_reference)
    if lattice[0] == "o":
        further, symbol = _orthorhombic(number, lattice, cell)
    elif lattice[0] in "ma":
        further, symbol = _oblique(number, lattice, cell)
    else:
        return CommonSetting(to_reference, lattice, cell, number, _reference_symbol(number))
    return CommonSetting(further * to_reference, lattice, cell.change_basis(further), number, symbol)


@lru_cache(maxsize=4096)
def _reference(space_group):
    """Change of basis to the reference setting, number and Bravais lattice, of a group in any setting."""
    info = space_group.info()
    return info.type().cb_op(), info.type().number(), bravais_lattice_symbol(space_group)


@cache
def _reference_symbol(number):
    from cctbx import sgtbx

    return sgtbx.space_group_info(number=number).type().universal_hermann_mauguin_symbol().split(" :")[0]


def _orthorhombic(number, lattice, cell):
    order = np.argsort(cell.parameters()[:3], kind="stable")
    if lattice == "oC":
        unique = 0 if _reference_symbol(number)[0] == "A" else 2
        order = np.array([*(axis for axis in order if axis != unique), unique])
    return _permuted(number, tuple(map(int, order)))


@cache
def _permuted(number, order):
    """Change of basis that permutes the axes of a reference setting, and the symbol there.

    Some permutations need a shift of the origin before the group is one of the tables'; others fit two symbols that
    differ by the origin alone (C m m a and C m m b), of which the first in the alphabet is taken.
    """
    from cctbx import sgtbx

    group = sgtbx.space_group_info(number=number).group()
    sign = "" if np.linalg.det(np.eye(3)[list(order)]) > 0 else "-"
    found = []
    for shift in _QUARTERS:
        rows = (f"{sign}{'xyz'[axis]}+{t}/4" for axis, t in zip(order, shift, strict=True))
        operator = sgtbx.change_of_basis_op(",".join(rows))
        changed = group.change_basis(operator)
        symbol = next((symbol for symbol, tabulated in _tabulated(number) if tabulated == changed), None)
        if symbol:
            found.append((symbol, operator))
    symbol, operator = min(found, key=lambda pair: pair[0])
    return operator, symbol


@cache
def _tabulated(number):
    """Symbols and groups of all tabulated settings of a space group."""
    from cctbx import sgtbx

    symbols = [symbols for symbols in sgtbx.space_group_symbol_iterator() if symbols.number() == number]
    return [(s.universal_hermann_mauguin().split(" :")[0], sgtbx.space_group(s)) for s in symbols]


def _oblique(number, lattice, cell):
    from cctbx import sgtbx

    metric = symmetric_tensor(cell.metrical_matrix())
    if lattice == "aP":
        basis, symbol = selling_basis(metric), _reference_symbol(number)
    else:
        symbol = _MONOCLINIC_SYMBOLS[number]
        # reference settings are C-centred or have their glide along c
        carrier = (1, 0) if lattice == "mC" else (0, 1) if "n" in symbol else None
        basis = monoclinic_basis(metric, carrier)
    axes = ["".join(f"{n:+d}*{axis}" for n, axis in zip(row, "abc", strict=True) if n) for row in basis.tolist()]
    operator = sgtbx.change_of_basis_op(",".join(axes))
    if symbol in ("I 1 a 1", "I 1 2/a 1"):
        operator = _glide_along_a(number, operator)
    return operator, symbol


def _glide_along_a(number, operator):
    """The glides of a body-centred cell are along a and c both; which is at the origin depends on the origin."""
    from cctbx import sgtbx

    wanted = sgtbx.space_group_info(_MONOCLINIC_SYMBOLS[number]).group()
    if sgtbx.space_group_info(number=number).group().change_basis(operator) == wanted:
        return operator
    return sgtbx.change_of_basis_op("x+1/4,y+1/4,z+1/4") * operator
