"""Solution of small normal equations, compiled: LAPACK is slow on many small ones."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def solve_normal_equations(normal, rhs, n, ridge):
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
