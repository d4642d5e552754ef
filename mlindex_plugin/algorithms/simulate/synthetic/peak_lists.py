"""Entries of synthetic crystals: the same lines as of a structure, calculated faster."""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from mlindex_plugin.algorithms.simulate.calculated_pattern import (
    CU_TWO_THETA_MAX,
    CU_WAVELENGTH,
    EXTENDED_TWO_THETA_MAX,
    MO_WAVELENGTH,
    merge_reflections,
)
from mlindex_plugin.algorithms.simulate.entry import Entry
from mlindex_plugin.algorithms.simulate.entry_lines import entry_lines
from mlindex_plugin.algorithms.simulate.preparation.common_setting import to_common_setting
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.algorithms.simulate.synthetic.structure_factors import squared_amplitudes
from mlindex_plugin.errors import InputError

_LIMITS = {"near": (CU_WAVELENGTH, CU_TWO_THETA_MAX), "extended": (MO_WAVELENGTH, EXTENDED_TWO_THETA_MAX)}


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
    InputError
        If the crystal gives no line up to 60°.
    """
    setting = to_common_setting(crystal.symmetry())
    observable, allowed = entry_lines(partial(_lines_to, crystal=crystal, setting=setting), broadening)
    return Entry(
        identifier=identifier,
        source=source,
        bravais_lattice=setting.bravais_lattice,
        space_group_number=crystal.number,
        space_group=setting.space_group,
        formula=crystal.formula,
        cell=np.array(setting.unit_cell.parameters()),
        change_of_basis=setting.change_of_basis.as_xyz(),
        observable=observable,
        allowed=allowed,
    )


def _lines_to(limit, crystal, setting):
    from cctbx import crystal as cctbx_crystal
    from cctbx import miller

    wavelength, two_theta_max = _LIMITS[limit]
    group, to_reference = _changed_group(crystal.number, setting.change_of_basis.as_xyz())
    symmetry = cctbx_crystal.symmetry(
        unit_cell=setting.unit_cell, space_group=group, assert_is_compatible_unit_cell=False
    )
    d_min = wavelength / (2 * np.sin(np.radians(two_theta_max / 2)))
    reflections = miller.build_set(symmetry, anomalous_flag=False, d_min=float(d_min))
    if reflections.size() == 0:
        raise InputError(f"synthetic crystal: no reflection above d = {d_min:.3f} Å.")
    hkl = reflections.indices().as_vec3_double().as_double().as_numpy_array().reshape(-1, 3)
    hkl = np.rint(hkl).astype(np.int64)
    q2 = reflections.d_star_sq().data().as_numpy_array()
    squared = squared_amplitudes(space_group(crystal.number), crystal, hkl @ to_reference, q2)
    return merge_reflections(
        q2, hkl, squared * reflections.multiplicities().data().as_numpy_array(), wavelength, two_theta_max
    )


@cache
def _changed_group(number: int, operator: str):
    """The group in another setting, and the matrix from Miller indices there (rows) to those of the reference setting.

    Indices transform by h' = h R(c⁻¹) where coordinates do by x' = R(c) x + t.
    """
    from cctbx import sgtbx

    change = sgtbx.change_of_basis_op(operator)
    rotation = np.array(change.c().r().as_double()).reshape(3, 3)
    return space_group(number).group.change_basis(change), np.rint(rotation).astype(np.int64)
