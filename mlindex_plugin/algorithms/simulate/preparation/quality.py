"""The checks that a structure must pass to become an entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlindex_plugin.algorithms.simulate.preparation import cif_blocks
from mlindex_plugin.algorithms.simulate.preparation.reasons import (
    BAD_DENSITY,
    DISORDER,
    HIDDEN_ROTATION,
    HIDDEN_TRANSLATION,
    NO_COORDINATES,
    NO_FORMULA,
    OVERLAP,
    TOO_LARGE,
    UNKNOWN_ELEMENT,
    Rejected,
)
from mlindex_plugin.algorithms.simulate.preparation.symmetry import crystal_symmetry_of, space_group_of
from mlindex_plugin.algorithms.simulate.structure import hidden_symmetry, name_scattering_types
from mlindex_plugin.errors import InputError

VOLUME_PER_ATOM = 18.0  # Å³
LARGEST_VOLUME = 250_000.0  # Å³ of the primitive cell
OCCUPANCY_TOLERANCE = 0.01
SHORTEST_DISTANCE = 0.5  # Å


@dataclass(frozen=True)
class CheckedStructure:
    """A structure that has passed the checks.

    Attributes
    ----------
    structure : cctbx.xray.structure
        In the setting of the file.
    r_factor : float
        As reported; nan where none is.
    """

    structure: Any
    r_factor: float


def checked_structure(block):
    """Structure of a CIF block, if it passes the checks of section 2.1.1 of the methods document and those below.

    Parameters
    ----------
    block : iotbx.cif.model.block

    Returns
    -------
    CheckedStructure

    Raises
    ------
    Rejected
        With the first reason met.
    """
    if cif_blocks.item(block, cif_blocks.FORMULA) is None:
        raise Rejected(NO_FORMULA)
    symmetry = crystal_symmetry_of(block, space_group_of(block))
    if symmetry.unit_cell().volume() > LARGEST_VOLUME * symmetry.space_group().n_ltr():
        raise Rejected(TOO_LARGE, f"{symmetry.unit_cell().volume():.0f} Å³")
    structure = _structure(block, symmetry)
    _check_atoms(structure)
    hidden = hidden_symmetry(structure)
    if hidden:
        raise Rejected(
            HIDDEN_TRANSLATION if hidden == "translation" else HIDDEN_ROTATION, str(structure.space_group_info())
        )
    r_factor = cif_blocks.number_of(block, cif_blocks.R_FACTOR)
    return CheckedStructure(structure, float("nan") if r_factor is None else r_factor)


def _structure(block, symmetry):
    from cctbx import xray
    from iotbx.cif.builders import crystal_structure_builder

    _give_operators(block, symmetry.space_group())
    _complete_occupancies(block)
    try:
        read = crystal_structure_builder(block).structure
    # the builder reports what it cannot read through assertions, KeyError, RuntimeError and its own Sorry alike
    except Exception as error:
        reason = UNKNOWN_ELEMENT if "scattering type" in str(error) else NO_COORDINATES
        raise Rejected(reason, f"{type(error).__name__}: {str(error).strip()[:80]}") from error
    structure = xray.structure(crystal_symmetry=symmetry, scatterers=read.scatterers())
    if structure.scatterers().size() == 0:
        raise Rejected(NO_COORDINATES)
    try:
        name_scattering_types(structure, "file")
    except InputError as error:
        raise Rejected(UNKNOWN_ELEMENT, str(error)) from error
    return structure


def _give_operators(block, group):
    """Leave the operators alone to tell the symmetry of a block.

    By a name alone iotbx takes the standard setting, and newer versions refuse a name unknown to them beside operators.
    """
    from iotbx.cif import model

    if not cif_blocks.operators(block):
        block.add_loop(model.loop(data={cif_blocks.OPERATORS[0]: [op.as_xyz() for op in group.all_ops()]}))
    for name in (*cif_blocks.HALL, *cif_blocks.HERMANN_MAUGUIN, *cif_blocks.NUMBER):
        if name in block:
            del block[name]


def _complete_occupancies(block):
    """Write full occupancy where none is given: of a column with one gap or word iotbx takes no number at all."""
    given = block.get(cif_blocks.OCCUPANCY, "1")
    if isinstance(given, str):
        given = [given]
    for i, value in enumerate(given):
        if value in cif_blocks.UNKNOWN:
            given[i] = "1"  # the CIF dictionary's default; the list is the block's own
        elif cif_blocks.number(value) is None:
            raise Rejected(NO_COORDINATES, f"occupancy {value[:40]}")


def _check_atoms(structure):
    n_atoms = sum(scatterer.multiplicity() for scatterer in structure.scatterers())
    expected = VOLUME_PER_ATOM * n_atoms
    volume = structure.unit_cell().volume()
    if not expected / 10 <= volume <= expected * 10:
        raise Rejected(BAD_DENSITY, f"{n_atoms} atoms in {volume:.0f} Å³")
    # hydrogen hardly scatters, and disordered methyl groups are common
    heavy = structure.select(~structure.element_selection("H", "D"))
    partial = [s for s in heavy.scatterers() if abs(s.occupancy - 1) > OCCUPANCY_TOLERANCE]
    if partial:
        raise Rejected(DISORDER, f"{partial[0].label}: {partial[0].occupancy:.3g}")
    pairs = heavy.pair_asu_table(distance_cutoff=SHORTEST_DISTANCE).extract_pair_sym_table()
    for i, neighbours in enumerate(pairs):
        if len(neighbours):
            raise Rejected(OVERLAP, heavy.scatterers()[i].label)
