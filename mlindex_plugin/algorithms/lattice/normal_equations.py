"""Solution of small normal equations, compiled: LAPACK is slow on many small ones."""

from __future__ import annotations

from numba import njit


@njit(cache=True, error_model="numpy")
def solve_normal_equations(normal, rhs, n, ridge):
    """Solve the normal equations in place by Cholesky without roots (L D Lᵀ); False where they are singular.

    The ridge, relative to the diagonal, holds parameters that the peaks say nothing about at their value. Only the
    lower triangle is looked at.
    """
    for j in range(n):
        diagonal = normal[j, j] * (1 + ridge) + 1e-300
        pivot = diagonal
        for m in range(j):
            pivot -= normal[j, m] * normal[m, j]
        if not pivot > 1e-12 * diagonal:
            return False
        inverse = 1 / pivot
        for i in range(j + 1, n):
            s = normal[i, j]
            for m in range(j):
                s -= normal[i, m] * normal[m, j]
            normal[j, i] = s  # D Lᵀ
            normal[i, j] = s * inverse  # L
        normal[j, j] = inverse
        for m in range(j):
            rhs[j] -= normal[j, m] * rhs[m]
    for i in range(n - 1, -1, -1):
        s = rhs[i] * normal[i, i]
        for m in range(i + 1, n):
            s -= normal[m, i] * rhs[m]
        rhs[i] = s
    return True
