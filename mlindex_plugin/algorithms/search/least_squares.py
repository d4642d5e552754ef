"""Weighted least squares for xnn, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import MONOCLINIC, ORTHORHOMBIC, TRICLINIC, UNIAXIAL, unpack

NO_SHIFT = np.empty(0)


@njit(cache=True, inline="always")
def design_row(family, hexagonal, code, row):
    """One row of hkl_design from packed Miller indices."""
    h, k, l = unpack(code)  # noqa: E741
    if family == TRICLINIC:
        row[0] = h * h
        row[1] = k * k
        row[2] = l * l
        row[3] = h * k
        row[4] = h * l
        row[5] = k * l
    elif family == MONOCLINIC:
        row[0] = h * h
        row[1] = k * k
        row[2] = l * l
        row[3] = h * l
    elif family == ORTHORHOMBIC:
        row[0] = h * h
        row[1] = k * k
        row[2] = l * l
    elif family == UNIAXIAL:
        row[0] = h * h + k * k
        if hexagonal:
            row[0] += h * k
        row[1] = l * l
    else:
        row[0] = h * h + k * k + l * l


@njit(cache=True, inline="always")
def _add_row(n, weight, residual, row, normal):
    """Add one peak to the lower triangle and the right-hand side of n parameters."""
    for a in range(n):
        scaled = weight * row[a]
        normal[a, 7] += scaled * residual
        for b in range(a + 1):
            normal[a, b] += scaled * row[b]


@njit(cache=True)
def normal_equations(family, hexagonal, kept, n_kept, q2, line, line_hkl, weight, shift_column, n_free, normal, row):
    """Weighted normal equations of the kept peaks: lower triangle, right-hand side in the last of the 8 columns.

    The zero shift, where `shift_column` is not empty, is the parameter after the free ones.
    """
    n = n_free + (len(shift_column) > 0)
    normal[:] = 0.0
    row[:] = 0.0
    for m in range(n_kept):
        i = np.uint64(kept[m])
        design_row(family, hexagonal, line_hkl[i], row)
        if len(shift_column) > 0:
            row[n_free] = shift_column[i]
        # numbers that the compiler knows: it writes the loops out
        if n <= 4:
            _add_row(4, weight[i], q2[i] - line[i], row, normal)
        elif n == 6:
            _add_row(6, weight[i], q2[i] - line[i], row, normal)
        else:
            _add_row(7, weight[i], q2[i] - line[i], row, normal)
