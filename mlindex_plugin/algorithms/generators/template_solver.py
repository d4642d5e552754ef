"""Miller-index templates solved for xnn on the peaks at hand, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import solve_normal_equations

_N_ITERATIONS = 10
_RIDGE = 1e-9  # relative; decides only what the peaks leave open
_LEAST_MISFIT = 1e-4  # of q2; a peak that is met better gains no more weight


# sums may be taken in any order, and division is not checked for zero, so that loops over the rows are vectorised
_COMPILED = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract"}}


@njit(**_COMPILED)
def _solve_weighted(columns, target, weight, weighted, normal, x):
    """Least squares with weights; False where singular."""
    for a in range(len(x)):
        total = 0.0
        for i in range(len(target)):
            weighted[i] = weight[i] * columns[a, i]
            total += weighted[i] * target[i]
        x[a] = total
        for b in range(a + 1):
            total = 0.0
            for i in range(len(target)):
                total += weighted[i] * columns[b, i]
            normal[a, b] = total
    return solve_normal_equations(normal, x, len(x), _RIDGE)


@njit(**_COMPILED)
def _sort_by_position(order, position):
    """Insertion sort in place: positions are nearly in order. How many were moved."""
    moved = 0
    for i in range(1, len(order)):
        row, j = order[i], i
        while j > 0 and position[order[j - 1]] > position[row]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = row
        moved += j < i
    return moved


@njit(**_COMPILED)
def _solve_template(columns, q2, n_iterations, order, target, position, weight, weighted, normal, x):
    """Solve one template in place; iterations used, 0 where it is singular.

    Weights start as 1/q2² and become 1/(q2 · |q2 - q2_calc|); the rows of a template are put into the order of
    their calculated positions until that order is stable (Moreau, ML-Index Methods 2024, section 2.2.3). The rows stay
    where they are: `target` is the peak of each.
    """
    n = len(q2)
    for i in range(n):
        order[i] = i
        target[i] = q2[i]
        weight[i] = 1 / (q2[i] * q2[i])
    for iteration in range(n_iterations):
        if not _solve_weighted(columns, target, weight, weighted, normal, x):
            return 0
        position[:] = 0.0
        for a in range(len(x)):
            for i in range(n):
                position[i] += columns[a, i] * x[a]
        if _sort_by_position(order, position) == 0:
            return iteration + 1
        for i in range(n):
            target[order[i]] = q2[i]
        for i in range(n):
            misfit = max(abs(target[i] - position[i]), _LEAST_MISFIT * target[i])
            weight[i] = 1 / (target[i] * misfit)
    return n_iterations


@njit(**_COMPILED)
def _solve_all(design, picked, rows, peaks, q2, n_iterations, x, loss, iterations):
    n, n_free = rows.shape[1], design.shape[2]
    order = np.empty(n, np.int64)
    target, position, weight, weighted = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    taken, normal, columns = np.empty(n), np.empty((n_free, n_free)), np.empty((n_free, n))
    for t in range(len(picked)):
        for i in range(n):
            taken[i] = q2[peaks[t % len(peaks), i]]
            for a in range(n_free):
                columns[a, i] = design[picked[t], rows[t % len(rows), i], a]
        iterations[t] = _solve_template(
            columns, taken, n_iterations, order, target, position, weight, weighted, normal, x[t]
        )
        total = 0.0
        for i in range(n):
            total += abs(1 - position[i] / target[i])
        loss[t] = total / n


def solve_templates(
    design: np.ndarray,
    picked: np.ndarray,
    rows: np.ndarray,
    peaks: np.ndarray,
    q2: np.ndarray,
    n_iterations: int = _N_ITERATIONS,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Solve templates for xnn by re-weighted least squares with reordering.

    Parameters
    ----------
    design : numpy.ndarray of int16, shape (n_templates, n_rows, n_free)
        Rows of hkl_design.
    picked : numpy.ndarray of int, shape (n,)
        Templates to solve.
    rows, peaks : numpy.ndarray of int, shape (n or 1, m)
        Rows of the template, and the peaks that they are solved for, ascending.
    q2 : numpy.ndarray, shape (n_peaks,)
        1/Å².
    n_iterations : int

    Returns
    -------
    x : numpy.ndarray, shape (n, n_free)
        1/Å², not all of them physical.
    loss : numpy.ndarray, shape (n,)
        Mean of |1 - q2_calc / q2|.
    iterations : numpy.ndarray of int, shape (n,)
        Iterations used, fewer than `n_iterations` where the order became stable; 0 where the template is singular.
    """
    x = np.empty((len(picked), design.shape[2]))
    loss, iterations = np.empty(len(picked)), np.empty(len(picked), np.int64)
    _solve_all(design, picked, rows, peaks, q2, n_iterations, x, loss, iterations)
    return x, loss, iterations
