"""Reflections of a cell and the intensity that each extinction symbol leads one to expect of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, BravaisLattice
from mlindex_plugin.algorithms.ranking.extinction_table import symbols_of

_WHOLE = 1e-6  # a phase shift this close to a whole number is none


@dataclass(frozen=True)
class Reflections:
    """Reflections of a lattice, those that its rotations make equivalent held together.

    Attributes
    ----------
    q2 : numpy.ndarray, shape (n,)
        Ascending, 1/Å².
    multiplicity : numpy.ndarray of int, shape (n,)
    equivalent : numpy.ndarray of int, shape (n, m, 3)
        Miller indices of those that the lattice makes equivalent and the least symmetric of its space groups does not.
    """

    q2: np.ndarray
    multiplicity: np.ndarray
    equivalent: np.ndarray


def reflections_of(unit_cell, bravais_lattice: str, q2_max: float) -> Reflections:
    """Reflections of a cell up to a limit.

    Parameters
    ----------
    unit_cell : sequence of 6 float
        Å and degrees, conventional setting.
    bravais_lattice : str
    q2_max : float
        1/Å².
    """
    from cctbx import crystal, miller

    lattice = LATTICES[bravais_lattice]
    symmetry = crystal.symmetry(unit_cell, space_group_symbol=lattice.space_group, assert_is_compatible_unit_cell=False)
    found = miller.build_set(symmetry, anomalous_flag=False, d_min=q2_max**-0.5)
    q2 = found.d_star_sq().data().as_numpy_array()
    hkl = np.array(found.indices(), dtype=int).reshape(-1, 3)
    multiplicity = found.multiplicities().data().as_numpy_array()
    order = np.argsort(q2, kind="stable")
    return Reflections(q2[order], multiplicity[order], np.einsum("nj,rjk->nrk", hkl[order], _cosets(lattice)))


def _cosets(lattice: BravaisLattice) -> np.ndarray:
    """Rotations of the lattice, shape (m, 3, 3), that the least symmetric Laue class of its space groups lacks."""
    one, swap, half_turn = np.eye(3, dtype=int), np.array([[0, 1, 0], [1, 0, 0], [0, 0, -1]]), np.diag([-1, -1, 1])
    if lattice.symbol == "hP":
        return np.array([one, swap, half_turn, swap @ half_turn])
    return np.array([one, swap] if lattice.symbol[0] in "cth" else [one])


def expected_intensities(reflections: Reflections, bravais_lattice: str) -> np.ndarray:
    """Mean intensities under each extinction symbol of a lattice, in units of that of one general reflection.

    A reflection that an operation keeps but shifts in phase is absent; the mean intensity of the others is
    multiplied by the number of operations that keep them (Wilson 1950; International Tables B, sections 1.4.2, 2.1.2).

    Parameters
    ----------
    reflections : Reflections
    bravais_lattice : str

    Returns
    -------
    numpy.ndarray, shape (n_symbols, n)
    """
    special = reflections.multiplicity < LATTICES[bravais_lattice].n_operations
    hkl = reflections.equivalent[special]
    symbols = symbols_of(bravais_lattice)
    intensity = np.tile(reflections.multiplicity.astype(float), (len(symbols), 1))
    for row, symbol in enumerate(symbols):
        kept, shifted = np.zeros(hkl.shape[:2]), np.zeros(hkl.shape[:2], bool)
        for rotation, translation in zip(*_operations(symbol.space_groups[0]), strict=True):
            same = np.all(hkl @ rotation == hkl, axis=-1)
            phase = hkl @ translation
            kept += same
            shifted |= same & (np.abs(phase - np.rint(phase)) > _WHOLE)
        intensity[row, special] *= np.mean(np.where(shifted, 0.0, kept), axis=1)
    return intensity


@cache
def _operations(space_group: str) -> tuple[np.ndarray, np.ndarray]:
    """Rotations, shape (m, 3, 3), and translations, shape (m, 3), centring left out."""
    from cctbx import sgtbx

    group = sgtbx.space_group_info(space_group).group()
    operations = [group(0, i, s) for i in range(group.f_inv()) for s in range(group.n_smx())]
    rotations = np.array([operation.r().as_double() for operation in operations]).reshape(-1, 3, 3)
    return np.rint(rotations).astype(int), np.array([operation.t().as_double() for operation in operations])
