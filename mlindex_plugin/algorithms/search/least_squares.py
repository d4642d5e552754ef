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


@njit(cache=True)
def normal_equations(family, hexagonal, kept, n_kept, q2, line, line_hkl, weight, shift_column, n_free, normal, row):
    """Weighted normal equations of the kept peaks; the last of the 8 columns is the right-hand side.

    Rows are padded to 8 so that one row is one vector operation. The zero shift, where `shift_column` is not
    empty, is the parameter after the free ones.
    """
    for a in range(7):
        for b in range(8):
            normal[a, b] = 0.0
    for m in range(n_kept):
        i = kept[m]
        design_row(family, hexagonal, line_hkl[i], row)
        if len(shift_column) > 0:
            row[n_free] = shift_column[i]
        row[7] = q2[i] - line[i]
        for a in range(7):
            scaled = weight[i] * row[a]
            for b in range(8):
                normal[a, b] += scaled * row[b]
