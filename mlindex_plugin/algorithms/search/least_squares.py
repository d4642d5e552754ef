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


@njit(cache=True)
def solve(normal, rhs, n, ridge):
    """Solve the normal equations in place by Cholesky; False where they are singular.

    The ridge, relative to the diagonal, holds parameters that the peaks say nothing about at their value.
    """
    for i in range(n):
        normal[i, i] += ridge * normal[i, i] + 1e-300
    for j in range(n):
        pivot = normal[j, j]
        for m in range(j):
            pivot -= normal[j, m] * normal[j, m]
        if pivot <= 1e-12 * normal[j, j] or pivot <= 0:
            return False
        pivot = np.sqrt(pivot)
        normal[j, j] = pivot
        inverse = 1 / pivot
        for i in range(j + 1, n):
            s = normal[i, j]
            for m in range(j):
                s -= normal[i, m] * normal[j, m]
            normal[i, j] = s * inverse
    for i in range(n):
        s = rhs[i]
        for m in range(i):
            s -= normal[i, m] * rhs[m]
        rhs[i] = s / normal[i, i]
    for i in range(n - 1, -1, -1):
        s = rhs[i]
        for m in range(i + 1, n):
            s -= normal[m, i] * rhs[m]
        rhs[i] = s / normal[i, i]
    return True
