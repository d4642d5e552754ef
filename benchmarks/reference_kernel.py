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
def run(design, start, q2, n_iterations, seed):
    """Assign, subsample half of the peaks, solve, M(n); return the best M of every candidate."""
    np.random.seed(seed)
    n = len(q2)
    best = np.zeros(len(start))
    lines = np.empty(len(design))
    nearest = np.empty(n, np.int64)
    for c in range(len(start)):
        x = start[c].copy()
        for _ in range(n_iterations):
            n_lines = 0
            for r in range(len(design)):
                q = 0.0
                for j in range(6):
                    q += design[r, j] * x[j]
                lines[r] = q
                if q <= q2[-1]:
                    n_lines += 1
            misfit = 0.0
            for i in range(n):
                distance = np.inf
                for r in range(len(design)):
                    d = abs(lines[r] - q2[i])
                    if d < distance:
                        distance = d
                        nearest[i] = r
                misfit += distance
            merit = q2[-1] * n / (2 * misfit * max(n_lines, 1) + 1e-12)
            best[c] = max(best[c], merit)
            normal = np.zeros((6, 6))
            rhs = np.zeros(6)
            for i in range(n):
                if np.random.random() < 0.5:
                    row = design[nearest[i]]
                    for a in range(6):
                        rhs[a] += row[a] * q2[i]
                        for b in range(6):
                            normal[a, b] += row[a] * row[b]
            for a in range(6):
                normal[a, a] += 1e-9
            x = np.linalg.solve(normal, rhs)
    return best
