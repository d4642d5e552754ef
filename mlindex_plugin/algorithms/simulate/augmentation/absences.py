"""Which lines a space group allows, as tables for compiled functions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import CUBIC, LATTICES, UNIAXIAL, LatticeTable, lattice_table, pack, unpack
from mlindex_plugin.algorithms.simulate.operations import operations

ABSENT = -1
_PERIOD = 12  # translations are multiples of 1/12


@dataclass(frozen=True)
class AbsenceTable:
    """Absences of a space group.

    Attributes
    ----------
    lattice : LatticeTable
    rotations : numpy.ndarray of int, shape (n, 3, 3)
    translations : numpy.ndarray of int, shape (n, 3)
        Twelfths; one operation for each rotation, centring translations left out.
    by_sum : numpy.ndarray of int, shape (m, 13)
        For cubic and uniaxial lattices, where several reflections share a line: packed indices of an allowed one, or
        ABSENT, for each sum of squares; column 0 for l = 0 (cubic: for all), column 1 + l % 12 for others.
    """

    lattice: LatticeTable
    rotations: np.ndarray
    translations: np.ndarray
    by_sum: np.ndarray


@cache
def absence_table(bravais_lattice: str, space_group: str) -> AbsenceTable:
    """Absences of a space group in the common setting.

    Parameters
    ----------
    bravais_lattice : str
    space_group : str
        Hermann-Mauguin symbol.

    Returns
    -------
    AbsenceTable
    """
    from cctbx import sgtbx

    group = sgtbx.space_group_info(space_group).group()
    rotations, translations = operations(group(0, i, s) for i in range(group.f_inv()) for s in range(group.n_smx()))
    translations = np.rint(translations * _PERIOD).astype(np.int64)
    centring = np.array([op.as_double() for op in group.ltr()]) * _PERIOD
    lattice = lattice_table(bravais_lattice)
    by_sum = np.full((1, 13), ABSENT, dtype=np.int64)
    if lattice.family in (CUBIC, UNIAXIAL):
        hexagonal = LATTICES[bravais_lattice].system == "hexagonal"
        cubic = lattice.family == CUBIC
        size = int(lattice.reps[-1, 0]) + 1
        by_sum = _fill(cubic, hexagonal, size, rotations, translations, np.rint(centring).astype(np.int64))
    return AbsenceTable(lattice, rotations, translations, by_sum)


@njit(cache=True)
def is_absent(h, k, l, rotations, translations):  # noqa: E741
    """Whether an operation that keeps a reflection shifts its phase; the centring is not looked at.

    International Tables for Crystallography B, section 1.4.2: absent if h R = h and h t is not a whole number.
    """
    for o in range(len(rotations)):
        r = rotations[o]
        if (
            h * r[0, 0] + k * r[1, 0] + l * r[2, 0] == h
            and h * r[0, 1] + k * r[1, 1] + l * r[2, 1] == k
            and h * r[0, 2] + k * r[1, 2] + l * r[2, 2] == l
        ):
            t = translations[o]
            if (h * t[0] + k * t[1] + l * t[2]) % _PERIOD != 0:
                return True
    return False


@njit(cache=True)
def _centred_out(h, k, l, centring):  # noqa: E741
    for t in centring:
        if (h * t[0] + k * t[1] + l * t[2]) % _PERIOD != 0:
            return True
    return False


@njit(cache=True)
def _fill(cubic, hexagonal, size, rotations, translations, centring):
    table = np.full((size, 13), ABSENT, np.int64)
    reach = int(np.sqrt(size * 4 / 3)) + 1
    # the last one found is kept, hence positive indices where there are any
    for h in range(-reach, reach + 1):
        for k in range(-reach, reach + 1):
            for column in range(13):
                l = _PERIOD + column - 1 if column > 0 else 0  # noqa: E741
                if cubic:
                    break
                square = h * h + k * k + (h * k if hexagonal else 0)
                if square >= size or _centred_out(h, k, l, centring) or is_absent(h, k, l, rotations, translations):
                    continue
                table[square, column] = pack(h, k, 0)
            if not cubic or h < 0 or k < 0:
                continue
            for l in range(reach):  # noqa: E741
                square = h * h + k * k + l * l
                if square >= size:
                    break
                if not _centred_out(h, k, l, centring) and not is_absent(h, k, l, rotations, translations):
                    table[square, 0] = pack(h, k, l)
    return table


@njit(cache=True)
def allowed_code(code, family, hexagonal, rotations, translations, by_sum):
    """Packed indices of an allowed reflection on the line of a packed one; ABSENT if there is none."""
    h, k, l = unpack(code)  # noqa: E741
    if family == CUBIC:
        return by_sum[h * h + k * k + l * l, 0]
    if family == UNIAXIAL:
        square = h * h + k * k + (h * k if hexagonal else 0)
        column = 0 if l == 0 else 1 + l % _PERIOD
        found = by_sum[square, column]
        return found if found == ABSENT else found + l
    return ABSENT if is_absent(h, k, l, rotations, translations) else code
