"""Is a candidate close to the truth? Within 1 Å of the reduced a, b, c (Euclidean) and 5 degrees in every angle.

The reduced cell jumps where two bases are nearly equally short, so the reduced basis of the candidate is compared
with every basis of the true lattice that is nearly as short as its reduced one, in any order and with any signs.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations, permutations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice.bravais import LATTICES, BravaisLattice, full_xnn, reciprocal_metric

LENGTH = 1.0  # Å
ANGLE = 5.0  # degrees
_PRIMITIVE = {
    "P": np.eye(3),
    "I": np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]]) / 2,
    "F": np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2,
    "C": np.array([[1, 1, 0], [1, -1, 0], [0, 0, 2]]) / 2,
    "R": np.array([[2, 1, 1], [-1, 1, 1], [-1, -2, 1]]) / 3,
}
_SHORT = np.array([v for v in np.ndindex(3, 3, 3) if v > (1, 1, 1)]) - 1
_SIGNS = ((1, 1, 1), (-1, 1, 1), (1, -1, 1), (1, 1, -1))


def primitive_basis(lattice: BravaisLattice) -> np.ndarray:
    """Primitive axes in terms of those of the search setting, rows of shape (3, 3)."""
    return _PRIMITIVE[lattice.centring]


def primitive_metrics(symbol: str, x: np.ndarray) -> np.ndarray:
    """Direct metric tensors of the primitive cells, shape (n, 3, 3) in Å²; nan where xnn is no cell.

    Parameters
    ----------
    symbol : str
        Bravais lattice.
    x : numpy.ndarray, shape (n, n_free)
        Free xnn, 1/Å².
    """
    lattice = LATTICES[symbol]
    reciprocal = reciprocal_metric(full_xnn(lattice, x))
    physical = np.all(np.linalg.eigvalsh(reciprocal) > 0, axis=1)
    metrics = np.full(reciprocal.shape, np.nan)
    metrics[physical] = np.linalg.inv(reciprocal[physical])
    basis = primitive_basis(lattice)
    return basis @ metrics @ basis.T


@njit(cache=True)
def reduced_parameters(metrics):
    """Lengths (ascending) and angles in degrees of a shortest basis of each lattice, shape (n, 6); nan for none.

    Pairwise and triple reduction until no vector gets shorter by adding the others (Minkowski 1905).
    """
    out = np.full((len(metrics), 6), np.nan)
    for m in range(len(metrics)):
        g = metrics[m].copy()
        if not np.isfinite(g[0, 0]):
            continue
        for _ in range(200):
            best, row, gain = np.zeros(2), -1, 1e-9 * np.trace(g)
            for i in range(3):
                j, k = (i + 1) % 3, (i + 2) % 3
                for p in range(-1, 2):
                    for q in range(-1, 2):
                        change = p * p * g[j, j] + q * q * g[k, k]
                        change += 2 * (p * g[i, j] + q * g[i, k] + p * q * g[j, k])
                        if -change > gain:
                            gain, row = -change, i
                            best[0], best[1] = p, q
            if row < 0:
                break
            step = np.eye(3)
            step[row, (row + 1) % 3] = best[0]
            step[row, (row + 2) % 3] = best[1]
            g = step @ g @ step.T
        order = np.argsort(np.array([g[0, 0], g[1, 1], g[2, 2]]))
        a, b, c = np.sqrt(g[order[0], order[0]]), np.sqrt(g[order[1], order[1]]), np.sqrt(g[order[2], order[2]])
        out[m, 0], out[m, 1], out[m, 2] = a, b, c
        out[m, 3] = np.degrees(np.arccos(min(1.0, max(-1.0, g[order[1], order[2]] / (b * c)))))
        out[m, 4] = np.degrees(np.arccos(min(1.0, max(-1.0, g[order[0], order[2]] / (a * c)))))
        out[m, 5] = np.degrees(np.arccos(min(1.0, max(-1.0, g[order[0], order[1]] / (a * b)))))
    return out


def short_bases(metric: np.ndarray) -> np.ndarray:
    """Bases of a lattice whose axes together are at most 3 Å longer than the shortest, shape (n, 6), Å and degrees."""
    cell = reduced_parameters(metric[None])[0]
    cosines = np.cos(np.radians(cell[3:]))
    g = np.outer(cell[:3], cell[:3]) * np.array(
        [[1, cosines[2], cosines[1]], [cosines[2], 1, cosines[0]], [cosines[1], cosines[0], 1]]
    )
    axes = _unimodular()
    total = np.sqrt(np.einsum("nai,ij,naj->na", axes, g, axes)).sum(axis=1)
    axes = axes[total <= cell[:3].sum() + 3 * LENGTH]
    products = axes @ g @ np.swapaxes(axes, 1, 2)
    lengths = np.sqrt(np.einsum("naa->na", products))
    b, c, a = np.roll(lengths, -1, axis=1).T
    cosines = np.stack([products[:, 1, 2] / (b * c), products[:, 0, 2] / (a * c), products[:, 0, 1] / (a * b)], axis=1)
    return np.hstack([lengths, np.degrees(np.arccos(np.clip(cosines, -1, 1)))])


@cache
def _unimodular() -> np.ndarray:
    """Triples of the shortest vectors that are a basis, in any order, up to inversion with any signs; (n, 3, 3)."""
    found = []
    for triple in combinations(_SHORT, 3):
        if abs(round(np.linalg.det(triple))) == 1:
            for order in permutations(triple):
                found += [np.array(order) * np.array(signs)[:, None] for signs in _SIGNS]
    return np.array(found)


@njit(cache=True)
def _any_close(cells, bases, length, angle):
    close = np.zeros(len(cells), np.bool_)
    for c in range(len(cells)):
        for b in range(len(bases)):
            distance = 0.0
            for i in range(3):
                distance += (cells[c, i] - bases[b, i]) ** 2
            if not distance < length * length:
                continue
            worst = 0.0
            for i in range(3, 6):
                worst = max(worst, abs(cells[c, i] - bases[b, i]))
            if worst < angle:
                close[c] = True
                break
    return close


def close_candidates(
    symbol: str, candidates: np.ndarray, truth: np.ndarray, length: float = LENGTH, angle: float = ANGLE
) -> np.ndarray:
    """Which candidates are close to the truth, shape (n,) of bool.

    Parameters
    ----------
    symbol : str
        Bravais lattice of both.
    candidates : numpy.ndarray, shape (n, n_free)
        Free xnn, 1/Å².
    truth : numpy.ndarray, shape (n_free,)
        Free xnn, 1/Å².
    length : float
        Largest distance of (a, b, c), Å.
    angle : float
        Largest difference of an angle, degrees.
    """
    cells = reduced_parameters(primitive_metrics(symbol, candidates))
    return _any_close(cells, short_bases(primitive_metrics(symbol, truth[None])[0]), length, angle)
