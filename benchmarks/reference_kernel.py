"""The plain scalar kernel that the benchmark times ours against: triclinic, 600 fixed reflections."""

from __future__ import annotations

import numpy as np
from numba import njit

N_REFLECTIONS = 600


def fixed_reflections():
    """The first 600 Miller indices of a half sphere by h² + k² + l², as design rows, shape (600, 6)."""
    axis = np.arange(-8, 9)
    hkl = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    h, k, l = hkl.T  # noqa: E741
    half = (h > 0) | ((h == 0) & ((k > 0) | ((k == 0) & (l > 0))))
    hkl = hkl[half]
    hkl = hkl[np.argsort((hkl**2).sum(axis=1), kind="stable")][:N_REFLECTIONS].astype(float)
    h, k, l = hkl.T  # noqa: E741
    return np.ascontiguousarray(np.stack([h * h, k * k, l * l, h * k, h * l, k * l], axis=1))


@njit(cache=True)
def _solve(normal, rhs):
    """Cholesky, in place."""
    n = len(rhs)
    for j in range(n):
        for m in range(j):
            normal[j, j] -= normal[j, m] ** 2
        normal[j, j] = np.sqrt(max(normal[j, j], 1e-9))
        for i in range(j + 1, n):
            for m in range(j):
                normal[i, j] -= normal[i, m] * normal[j, m]
            normal[i, j] /= normal[j, j]
    for i in range(n):
        for m in range(i):
            rhs[i] -= normal[i, m] * rhs[m]
        rhs[i] /= normal[i, i]
    for i in range(n - 1, -1, -1):
        for m in range(i + 1, n):
            rhs[i] -= normal[m, i] * rhs[m]
        rhs[i] /= normal[i, i]


@njit(cache=True)
def run(design, start, q2, n_iterations, seed):
    """Assign, subsample half of the peaks, solve, M(n); return the best M of every candidate, shape (n,).

    Every fixed reflection below the last peak is placed between two peaks by bisection and compared with both.
    """
    np.random.seed(seed)
    n = len(q2)
    best = np.zeros(len(start))
    nearest = np.zeros(n, np.int64)
    distance = np.empty(n)
    x = np.empty(6)
    normal = np.empty((6, 6))
    rhs = np.empty(6)
    for c in range(len(start)):
        x[:] = start[c]
        for _ in range(n_iterations):
            distance[:] = np.inf
            n_lines = 0
            for r in range(len(design)):
                q = 0.0
                for j in range(6):
                    q += design[r, j] * x[j]
                if q > q2[-1]:
                    continue
                n_lines += 1
                low = 0
                high = n
                while low < high:
                    middle = (low + high) // 2
                    if q2[middle] < q:
                        low = middle + 1
                    else:
                        high = middle
                for i in range(max(low - 1, 0), min(low + 1, n)):
                    d = abs(q - q2[i])
                    if d < distance[i]:
                        distance[i] = d
                        nearest[i] = r
            misfit = 0.0
            for i in range(n):
                misfit += min(distance[i], q2[-1])
            best[c] = max(best[c], q2[-1] * n / (2 * misfit * max(n_lines, 1) + 1e-12))
            normal[:] = 0.0
            rhs[:] = 0.0
            for i in range(n):
                if np.random.random() < 0.5:
                    for a in range(6):
                        rhs[a] += design[nearest[i], a] * q2[i]
                        for b in range(a + 1):
                            normal[a, b] += design[nearest[i], a] * design[nearest[i], b]
            _solve(normal, rhs)
            x[:] = rhs
    return best
