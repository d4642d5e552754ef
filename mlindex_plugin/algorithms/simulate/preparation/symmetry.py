"""The space group and the cell that a CIF block gives, checked against each other."""

from __future__ import annotations

from mlindex_plugin.algorithms.simulate.preparation import cif_blocks
from mlindex_plugin.algorithms.simulate.preparation.reasons import (
    BAD_LATTICE_SYSTEM,
    BAD_NUMBER,
    BAD_OPERATORS,
    BAD_REDUCTION,
    BAD_SYMBOL,
    BAD_VOLUME,
    IMPOSSIBLE_CELL,
    Rejected,
)

LENGTH_TOLERANCE = 0.002  # relative
ANGLE_TOLERANCE = 0.2  # degrees
VOLUME_TOLERANCE = 0.005  # relative
_LENGTHS = tuple((f"_cell_length_{axis}", f"_cell.length_{axis}") for axis in "abc")
_ANGLES = tuple((f"_cell_angle_{angle}", f"_cell.angle_{angle}") for angle in ("alpha", "beta", "gamma"))


def space_group_of(block):
    """Space group of a block: from its operators, else its Hall symbol, Hermann-Mauguin symbol or number.

    Parameters
    ----------
    block : iotbx.cif.model.block

    Returns
    -------
    cctbx.sgtbx.space_group

    Raises
    ------
    Rejected
        If no group can be had (check 2, check 3), or the number or the symbol contradicts the operators; if there are
        no operators and the cell, which tells rhombohedral from hexagonal axes, is impossible.
    """
    listed = _listed_number(block)
    group = _group_of_operators(block)
    # cctbx does not know every setting by name (C -1, B 1 21 1): where there are operators they tell the symbol
    named = _named_group(block, needed=group is None)
    group = group or named
    if group is None and listed is not None:
        group = _group("number", listed)
    if group is None:
        raise Rejected(BAD_NUMBER, "neither number nor symbol nor operators")
    number = group.type().number()
    if listed not in (None, number):
        raise Rejected(BAD_NUMBER, f"number {listed}, but the operators are those of {number}")
    if named is not None and named.type().number() != number:
        raise Rejected(BAD_SYMBOL, f"{named.info()}, but the operators are those of {group.info()}")
    return group if cif_blocks.operators(block) else _on_axes_of(_unit_cell(block), group)


def _on_axes_of(cell, group):
    """A rhombohedral group has one name on both kinds of axes, which cctbx takes for hexagonal; the cell tells them."""
    symbol = group.type().lookup_symbol()
    if symbol.endswith(":H"):
        rhombohedral = _group("symbol", symbol[:-1] + "R")
        if rhombohedral.is_compatible_unit_cell(cell, LENGTH_TOLERANCE, ANGLE_TOLERANCE):
            return rhombohedral
    return group


def _listed_number(block):
    text = cif_blocks.item(block, cif_blocks.NUMBER)
    if text is None:
        return None
    if not (text.isdigit() and 1 <= int(text) <= 230):
        raise Rejected(BAD_NUMBER, text)
    return int(text)


def _named_group(block, needed):
    symbol = cif_blocks.item(block, cif_blocks.HERMANN_MAUGUIN)
    if symbol is not None:
        group = _group("symbol", symbol)
        if group is None and needed:
            raise Rejected(BAD_SYMBOL, symbol)
        return group
    hall = cif_blocks.item(block, cif_blocks.HALL)
    return None if hall is None else _group("symbol", f"Hall: {hall}")


def _group(key, value):
    from cctbx import sgtbx

    try:
        return sgtbx.space_group_info(**{key: value}).group()
    except (RuntimeError, ValueError):
        return None


def _group_of_operators(block):
    from cctbx import sgtbx

    given = cif_blocks.operators(block)
    if not given:
        return None
    group = sgtbx.space_group()
    try:
        for operator in given:
            group.expand_smx(sgtbx.rt_mx(operator))
        group.type()
    except RuntimeError as error:
        raise Rejected(BAD_OPERATORS, str(error).splitlines()[0][:120]) from error
    return group


def crystal_symmetry_of(block, group):
    """Cell and space group of a block, the cell averaged over the symmetry.

    Parameters
    ----------
    block : iotbx.cif.model.block
    group : cctbx.sgtbx.space_group

    Returns
    -------
    cctbx.crystal.symmetry

    Raises
    ------
    Rejected
        If the cell is impossible, does not have the group's symmetry (check 4), has no Niggli reduction (check 5), or
        its volume is not the one listed or not that of the reduced cell (check 6).
    """
    from cctbx import crystal

    cell = _unit_cell(block)
    if not group.is_compatible_unit_cell(cell, LENGTH_TOLERANCE, ANGLE_TOLERANCE):
        raise Rejected(BAD_LATTICE_SYSTEM, f"{cell.parameters()} in {group.info()}")
    symmetry = crystal.symmetry(group.average_unit_cell(cell), space_group=group, assert_is_compatible_unit_cell=False)
    try:
        reduced = symmetry.niggli_cell().unit_cell().volume() * group.n_ltr()
    except (AssertionError, RuntimeError) as error:
        raise Rejected(BAD_REDUCTION, str(error).splitlines()[0][:80] if str(error) else "") from error
    listed = cif_blocks.number_of(block, cif_blocks.VOLUME)
    for volume in (reduced, cell.volume() if listed is None else listed):
        if abs(volume - cell.volume()) > VOLUME_TOLERANCE * cell.volume():
            raise Rejected(BAD_VOLUME, f"{volume:.6g} Å³, but the cell has {cell.volume():.6g} Å³")
    return symmetry


def _unit_cell(block):
    from cctbx import uctbx

    lengths = [cif_blocks.number_of(block, tags) for tags in _LENGTHS]
    # the CIF dictionary's default of an angle is 90°
    angles = [90.0 if cif_blocks.item(block, tags) is None else cif_blocks.number_of(block, tags) for tags in _ANGLES]
    values = lengths + angles
    if any(value is None or not value > 0 for value in values):
        raise Rejected(IMPOSSIBLE_CELL, f"{values}")
    try:
        cell = uctbx.unit_cell(tuple(values))
    except (RuntimeError, ValueError) as error:
        raise Rejected(IMPOSSIBLE_CELL, f"{values}") from error
    if not cell.volume() > 1:
        raise Rejected(IMPOSSIBLE_CELL, f"{values}")
    return cell
