"""Cells close to a given one: lines that nearly coincide there are tried on the peaks one way and the other.

A cell that is almost more symmetric than it is shows groups of close lines. The optimiser, which takes the nearest
line, ends in one of very many wrong pairings; solving for random choices within the groups finds the right one.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import LATTICES, hkl_design, lattice_table, unpack

_WINDOW = 0.015  # of q2, around each peak
_MOST_LINES = 4000
_N_FREE = 6


@njit(cache=True, nogil=True)
def _solve_choices(design, first, choices, q2, n, seed):
    """Solve for xnn from six random peaks, each given one of its lines at random; singular choices are left out."""
    np.random.seed(seed)
    served = np.flatnonzero(first[1:] > first[:-1])
    out = np.empty((n, _N_FREE))
    done = 0
    matrix = np.empty((_N_FREE, _N_FREE + 1))
    for _ in range(n):
        for i in range(_N_FREE):
            j = np.random.randint(i, len(served))
            served[i], served[j] = served[j], served[i]
            peak = served[i]
            line = choices[np.random.randint(first[peak], first[peak + 1])]
            matrix[i, :_N_FREE] = design[line]
            matrix[i, _N_FREE] = q2[peak]
        if _eliminate(matrix):
            out[done] = matrix[:, _N_FREE]
            done += 1
    return out[:done]


@njit(cache=True)
def _eliminate(matrix):
    """Gauss-Jordan elimination in place, the last column becoming the solution; False where singular."""
    n = len(matrix)
    for column in range(n):
        pivot = column + np.argmax(np.abs(matrix[column:, column]))
        if abs(matrix[pivot, column]) < 1e-9:
            return False
        for j in range(n + 1):
            matrix[column, j], matrix[pivot, j] = matrix[pivot, j], matrix[column, j]
        matrix[column] /= matrix[column, column]
        for i in range(n):
            if i != column:
                matrix[i] -= matrix[i, column] * matrix[column]
    return True


def nearby_cells(x: np.ndarray, q2: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Triclinic candidates around a cell.

    Parameters
    ----------
    x : numpy.ndarray, shape (6,)
        Full xnn of a primitive cell, 1/Å².
    q2 : numpy.ndarray, shape (n_peaks,)
        Peaks, ascending, 1/Å².
    n : int
        Choices to solve.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (at most n, 6)
        xnn, 1/Å²; not all of them physical. Empty where fewer than six peaks have a line nearby.
    """
    lines, codes = lattice_table("aP").lines(np.asarray(x, float), q2[-1] * (1 + _WINDOW), _MOST_LINES)
    below = np.searchsorted(lines, q2 * (1 - _WINDOW))
    above = np.searchsorted(lines, q2 * (1 + _WINDOW))
    if np.count_nonzero(above > below) < _N_FREE:
        return np.empty((0, _N_FREE))
    design = hkl_design(LATTICES["aP"], np.stack(unpack(codes), axis=1))
    first = np.concatenate([[0], np.cumsum(above - below)])
    choices = np.concatenate([np.arange(b, a) for b, a in zip(below, above, strict=True)])
    return _solve_choices(design, first, choices, q2, n, int(rng.integers(2**31)))
