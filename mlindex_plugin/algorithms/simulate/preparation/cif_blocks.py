"""Data blocks of CIFs and their items."""

from __future__ import annotations

import math
import re

from mlindex_plugin.algorithms.simulate.preparation.reasons import EMPTY, NO_COORDINATES, UNREADABLE, Rejected
from mlindex_plugin.algorithms.simulate.structure import cif_text

OPERATORS = ("_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz", "_space_group_symop.operation_xyz")
HALL = ("_space_group_name_Hall", "_symmetry_space_group_name_Hall")
HERMANN_MAUGUIN = ("_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M", "_space_group_name_H-M_full")
NUMBER = ("_space_group_IT_number", "_symmetry_Int_Tables_number", "_space_group.IT_number")
FORMULA = ("_chemical_formula_sum", "_chemical_formula_moiety", "_chemical_formula_structural")
VOLUME = ("_cell_volume", "_cell.volume")
R_FACTOR = ("_refine_ls_R_factor_gt", "_refine_ls_R_factor_obs", "_refine_ls_R_factor_all", "_pd_proc_ls_prof_R_factor")
OCCUPANCY = "_atom_site_occupancy"
UNKNOWN = ("?", ".")
_COORDINATES = ("_atom_site_fract_x", "_atom_site_Cartn_x")


def blocks_with_atoms(path):
    """Data blocks that list atoms.

    Parameters
    ----------
    path : str or pathlib.Path

    Returns
    -------
    dict of str to iotbx.cif.model.block
        By name of the block; one that repeats a name has a number added, so that it does not replace the other.

    Raises
    ------
    Rejected
        If the file is empty, cannot be read as a CIF, or lists no atoms.
    """
    from iotbx import cif

    try:
        text = cif_text(path)
        model = cif.reader(input_string=_with_distinct_names(text)).model() if text.strip() else {}
    # iotbx.cif reports bad files through assertions, KeyError, RuntimeError and its own Sorry alike
    except Exception as error:
        raise Rejected(UNREADABLE, _first_line(error)) from error
    if not text.strip():
        raise Rejected(EMPTY)
    with_atoms = {name: block for name, block in model.items() if any(tag in block for tag in _COORDINATES)}
    if not with_atoms:
        raise Rejected(NO_COORDINATES, "" if len(model) else "no data block")
    return with_atoms


def _with_distinct_names(text):
    """Number the data blocks that repeat a name, whatever its case: of those iotbx keeps the last alone."""
    names = set()

    def distinct(heading):
        name, n = heading[2], 1
        while name.lower() in names:
            n += 1
            name = f"{heading[2]}_{n}"
        names.add(name.lower())
        return heading[1] + name

    return re.sub(r"^(\s*data_)(\S+)", distinct, text, flags=re.IGNORECASE | re.MULTILINE)


def item(block, tags):
    """First value among `tags` that a block gives as a single known value, str, or None."""
    for tag in tags:
        value = block.get(tag)
        if isinstance(value, str) and value.strip() not in ("", *UNKNOWN):
            return value.strip()
    return None


def number_of(block, tags):
    """First value among `tags` as a float without its standard uncertainty, or None."""
    value = item(block, tags)
    return None if value is None else number(value)


def number(text):
    """A finite number of a CIF without its standard uncertainty, or None."""
    try:
        value = float(text.split("(")[0])
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def operators(block):
    """Symmetry operators as a list of str; empty where the block gives none."""
    for tag in OPERATORS:
        value = block.get(tag)
        if value is not None:
            return [value] if isinstance(value, str) else list(value)
    return []


def _first_line(error):
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:120]}"
