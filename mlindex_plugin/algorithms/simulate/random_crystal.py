"""Reflections of a crystal of random atoms: a cell and a space group are all that is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cctbx import crystal, xray

from mlindex_plugin.errors import InputError

VOLUME_PER_ATOM = 18.0  # Å³ per non-hydrogen atom, usual for molecular crystals
U_ISO = 0.04  # Å²


@dataclass(frozen=True)
class CrystalReflections:
    """Every reflection of a crystal down to a resolution.

    Attributes
    ----------
    unit_cell : cctbx.uctbx.unit_cell
        Of the direct lattice, Å and degrees.
    hkl : numpy.ndarray of int, shape (n, 3)
        Both Friedel mates and all symmetry equivalents; systematic absences are left out.
    intensity : numpy.ndarray, shape (n,)
        Squared structure factor amplitudes over their mean.
    """

    unit_cell: object
    hkl: np.ndarray
    intensity: np.ndarray

    def reciprocal_vectors(self) -> np.ndarray:
        """Reciprocal lattice vectors of `hkl` in the crystal's own axes, 1/Å, shape (n, 3)."""
        b_matrix = np.array(self.unit_cell.fractionalization_matrix()).reshape(3, 3).T
        return self.hkl @ b_matrix.T


def random_structure(
    unit_cell: Sequence[float], space_group: str, seed: int, elements: Sequence[str] | None = None
) -> xray.structure:
    """Put atoms at uniformly random general positions of a cell.

    Parameters
    ----------
    unit_cell : sequence of 6 float
        a, b, c in Å, alpha, beta, gamma in degrees.
    space_group : str
        Any symbol that cctbx knows.
    seed : int
        Seed of the positions; the same seed gives the same structure.
    elements : sequence of str, optional
        Chemical elements of the asymmetric unit. Carbon in the number that 18 Å³ an atom allows by default.

    Returns
    -------
    cctbx.xray.structure

    Raises
    ------
    InputError
        If the cell and the space group do not go together.
    """
    try:
        symmetry = crystal.symmetry(tuple(unit_cell), space_group)
    except (AssertionError, RuntimeError, ValueError) as error:
        raise InputError(
            f"Unit cell {tuple(unit_cell)} and space group {space_group!r} do not go together: give a cell in the "
            "setting of the group."
        ) from error
    if elements is None:
        volume = symmetry.unit_cell().volume() / symmetry.space_group().order_z()
        elements = ["C"] * max(1, round(volume / VOLUME_PER_ATOM))
    rng = np.random.default_rng(seed)
    structure = xray.structure(crystal_symmetry=symmetry)
    for element in elements:
        structure.add_scatterer(xray.scatterer(scattering_type=element, site=tuple(rng.random(3)), u=U_ISO))
    return structure


def crystal_reflections(structure: xray.structure, d_min: float) -> CrystalReflections:
    """Calculate every reflection of a structure.

    Parameters
    ----------
    structure : cctbx.xray.structure
    d_min : float
        Resolution limit in Å.

    Returns
    -------
    CrystalReflections
    """
    f_calc = structure.structure_factors(d_min=d_min, anomalous_flag=False).f_calc()
    intensities = f_calc.as_intensity_array().expand_to_p1().generate_bijvoet_mates()
    intensity = intensities.data().as_numpy_array()
    hkl = intensities.indices().as_vec3_double().as_double().as_numpy_array().reshape(-1, 3)
    return CrystalReflections(structure.unit_cell(), np.rint(hkl).astype(int), intensity / intensity.mean())
