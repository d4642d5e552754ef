"""From a CIF to entries of a training set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from mlindex_plugin.algorithms.simulate.entry import Entry
from mlindex_plugin.algorithms.simulate.entry_lines import entry_lines, lines_to
from mlindex_plugin.algorithms.simulate.preparation.cif_blocks import blocks_with_atoms
from mlindex_plugin.algorithms.simulate.preparation.common_setting import to_common_setting
from mlindex_plugin.algorithms.simulate.preparation.formula import hill_formula
from mlindex_plugin.algorithms.simulate.preparation.quality import checked_structure
from mlindex_plugin.algorithms.simulate.preparation.reasons import NOT_CALCULATED, Rejected


@dataclass(frozen=True)
class Prepared:
    """What one structure became: an entry, or a rejection.

    Attributes
    ----------
    identifier : str
    entry : Entry or None
    r_factor : float
        As the file reports it; nan where it does not.
    rejected : Rejected or None
    """

    identifier: str
    entry: Entry | None = None
    r_factor: float = float("nan")
    rejected: Rejected | None = None


def prepare_cif(path, identifier) -> list[Prepared]:
    """Check every structure of a CIF and calculate its lines in the common setting.

    Parameters
    ----------
    path : str or pathlib.Path
    identifier : str
        Of the file; where several of its blocks list atoms, the name of the block is added.

    Returns
    -------
    list of Prepared
        One for each structure; one rejection where there is none. Nothing is raised for a bad file.
    """
    try:
        blocks = blocks_with_atoms(path)
    except Rejected as rejected:
        return [Prepared(identifier, rejected=rejected)]
    names = {name: f"{identifier}:{name}" if len(blocks) > 1 else identifier for name in blocks}
    return [_prepared(block, names[name]) for name, block in blocks.items()]


def _prepared(block, identifier):
    try:
        checked = checked_structure(block)
        return Prepared(identifier, structure_entry(checked.structure, identifier), checked.r_factor)
    except Rejected as rejected:
        return Prepared(identifier, rejected=rejected)
    # One odd file must not end a run over thousands; its message goes into the table of rejections.
    except Exception as error:
        detail = f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"
        return Prepared(identifier, rejected=Rejected(NOT_CALCULATED, detail))


def structure_entry(structure, identifier) -> Entry:
    """Entry of a structure: common setting, observable and allowed lines.

    Parameters
    ----------
    structure : cctbx.xray.structure
    identifier : str

    Returns
    -------
    Entry

    Raises
    ------
    InputError
        If the structure gives no line.
    """
    setting = to_common_setting(structure.crystal_symmetry())
    observable, allowed = entry_lines(partial(lines_to, structure=structure.change_basis(setting.change_of_basis)))
    return Entry(
        identifier=identifier,
        source="structure",
        bravais_lattice=setting.bravais_lattice,
        space_group_number=setting.space_group_number,
        space_group=setting.space_group,
        formula=hill_formula(structure),
        cell=np.array(setting.unit_cell.parameters()),
        change_of_basis=setting.change_of_basis.as_xyz(),
        observable=observable,
        allowed=allowed,
    )
