"""Entries of synthetic crystals: the same lines as of a structure, calculated faster."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from mlindex_plugin.algorithms.lattice import q2_from_two_theta, symmetric_tensor
from mlindex_plugin.algorithms.simulate.calculated_pattern import (
    CU_TWO_THETA_MAX,
    CU_WAVELENGTH,
    EXTENDED_TWO_THETA_MAX,
    MO_WAVELENGTH,
    merge_reflections,
)
from mlindex_plugin.algorithms.simulate.entry import Entry, Lines
from mlindex_plugin.algorithms.simulate.entry_lines import entry_lines
from mlindex_plugin.algorithms.simulate.operations import operations
from mlindex_plugin.algorithms.simulate.preparation.common_setting import to_common_setting
from mlindex_plugin.algorithms.simulate.synthetic.reflections import unique_reflections
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.algorithms.simulate.synthetic.structure_factors import squared_amplitudes
from mlindex_plugin.errors import InputError

_LIMITS = {"near": (CU_WAVELENGTH, CU_TWO_THETA_MAX), "extended": (MO_WAVELENGTH, EXTENDED_TWO_THETA_MAX)}


class NoLines(InputError):
    """A crystal whose cell is too small for a line up to 60°."""


def crystal_entry(crystal, identifier: str, source: str, broadening=(1.0,)) -> Entry:
    """Entry of a synthetic crystal in the common setting.

    Parameters
    ----------
    crystal : Crystal
    identifier : str
    source : str
        The population.
    broadening : sequence of float
        Factors of the breadth of a line, one list of observable lines for each.

    Returns
    -------
    Entry

    Raises
    ------
    NoLines
        If the crystal gives no line up to 60°.
    """
    setting = to_common_setting(crystal.symmetry())
    observable, allowed = entry_lines(partial(_lines_to, crystal=crystal, setting=setting), broadening)
    changed = _changed_group(crystal.number, setting.change_of_basis.as_xyz())
    return Entry(
        identifier=identifier,
        source=source,
        bravais_lattice=setting.bravais_lattice,
        space_group_number=crystal.number,
        space_group=setting.space_group,
        formula=crystal.formula,
        cell=np.array(setting.unit_cell.parameters()),
        change_of_basis=setting.change_of_basis.as_xyz(),
        observable=tuple(_in_asymmetric_unit(lines, changed) for lines in observable),
        allowed=_in_asymmetric_unit(allowed, changed),
    )


def _lines_to(limit, crystal, setting):
    wavelength, two_theta_max = _LIMITS[limit]
    changed = _changed_group(crystal.number, setting.change_of_basis.as_xyz())
    reciprocal = symmetric_tensor(setting.unit_cell.reciprocal_metrical_matrix())
    q2_max = q2_from_two_theta(two_theta_max, wavelength)
    lengths = np.array(setting.unit_cell.parameters()[:3])
    hkl, q2, multiplicity = unique_reflections(reciprocal, lengths, changed.rotations, changed.translations, q2_max)
    if len(hkl) == 0:
        raise NoLines(f"synthetic crystal: no reflection up to q2 = {q2_max:.2f} 1/Å².")
    squared = squared_amplitudes(space_group(crystal.number), crystal, hkl @ changed.to_reference, q2)
    return merge_reflections(q2, hkl, squared * multiplicity, wavelength, two_theta_max)


@dataclass(frozen=True)
class _ChangedGroup:
    """A space group in another setting: its operations and the matrix from Miller indices (rows) to the reference.

    Indices transform by h' = h R(c⁻¹) where coordinates do by x' = R(c) x + t.
    """

    type: Any
    rotations: np.ndarray
    translations: np.ndarray
    to_reference: np.ndarray


@lru_cache(maxsize=1000)  # triclinic and monoclinic cells come with ever new operators
def _changed_group(number: int, operator: str) -> _ChangedGroup:
    from cctbx import sgtbx

    change = sgtbx.change_of_basis_op(operator)
    group = space_group(number).group.change_basis(change)
    rotations, translations = operations(group.all_ops())
    to_reference = np.rint(np.array(change.c().r().as_double()).reshape(3, 3)).astype(np.int64)
    return _ChangedGroup(group.type(), rotations, translations, to_reference)


def _in_asymmetric_unit(lines: Lines, changed: _ChangedGroup) -> Lines:
    """The same lines with Miller indices in the asymmetric unit that cctbx uses."""
    from cctbx import miller
    from cctbx.array_family import flex

    indices = flex.miller_index([tuple(map(int, row)) for row in lines.hkl])
    miller.map_to_asu(changed.type, False, indices)
    return Lines(lines.q2, np.array(indices, dtype=int).reshape(-1, 3), lines.intensity)
