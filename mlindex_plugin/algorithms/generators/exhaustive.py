"""Exhaustive trial of Miller indices for the lowest peaks, for lattices with up to three free parameters."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

import numpy as np

from mlindex_plugin.algorithms.lattice import BravaisLattice, full_xnn, hkl_design, square_sums, volumes_from_xnn

# Lowest peaks tried, and indices tried for each, by number of free parameters: what a second affords.
_N_PEAKS = {1: 6, 2: 6, 3: 5}
_N_INDICES = {1: 60, 2: 90, 3: 26}
_LARGEST_INDEX = 8


def low_indices(lattice: BravaisLattice) -> np.ndarray:
    """Miller indices tried for the lowest peaks, lowest sum of squares first, shape (m, 3)."""
    if lattice.system == "cubic":
        return square_sums(lattice)[: _N_INDICES[1], 1:]
    axis = np.arange(_LARGEST_INDEX + 1)
    hkl = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    h, k, l = hkl.T  # noqa: E741
    keep = hkl.any(axis=1)
    if lattice.system in ("tetragonal", "hexagonal"):
        keep &= h >= k
    keep &= {
        "P": np.ones(len(hkl), dtype=bool),
        "I": (h + k + l) % 2 == 0,
        "C": (h + k) % 2 == 0,
        "F": ((h + k) % 2 == 0) & ((k + l) % 2 == 0),
        # obverse, or its mirror image: one of (h k l) and (k h l) satisfies the condition
        "R": ((h - k - l) % 3 == 0) | ((k - h - l) % 3 == 0),
    }[lattice.centring]
    hkl = hkl[keep]
    hkl = hkl[np.argsort((hkl**2).sum(axis=1), kind="stable")]
    _, first = np.unique(hkl_design(lattice, hkl), axis=0, return_index=True)
    return hkl[np.sort(first)][: _N_INDICES[lattice.n_free]]


@lru_cache
def _inverse_designs(lattice: BravaisLattice) -> np.ndarray:
    """Inverses of all regular designs of as many low indices as there are free parameters, shape (n, k, k)."""
    rows = hkl_design(lattice, low_indices(lattice))
    k = lattice.n_free
    picks = np.array(np.meshgrid(*[np.arange(len(rows))] * k, indexing="ij")).reshape(k, -1).T
    return _inverses(rows[picks])


def _inverses(matrices: np.ndarray) -> np.ndarray:
    """Inverses of the regular ones of integer matrices of order 1 to 3, by cofactors: LAPACK is slow on many."""
    order = matrices.shape[-1]
    if order == 1:
        adjugate = np.ones_like(matrices)
    elif order == 2:
        a, b, c, d = np.moveaxis(matrices.reshape(-1, 4), 1, 0)
        adjugate = np.stack([d, -b, -c, a], axis=1).reshape(-1, 2, 2)
    else:
        first, second, third = np.moveaxis(matrices, 1, 0)
        adjugate = np.stack([np.cross(second, third), np.cross(third, first), np.cross(first, second)], axis=2)
    determinant = np.einsum("ni,ni->n", matrices[:, 0], adjugate[:, :, 0])
    regular = np.abs(determinant) > 0.5
    return adjugate[regular] / determinant[regular, None, None]


def exhaustive_cells(lattice: BravaisLattice, q2: np.ndarray, max_volume: float) -> np.ndarray:
    """All cells that index as many low peaks as there are free parameters.

    Parameters
    ----------
    lattice : BravaisLattice
        With one to three free parameters.
    q2 : numpy.ndarray, shape (n_peaks,)
        Peaks, 1/Å².
    max_volume : float
        Å³.

    Returns
    -------
    numpy.ndarray, shape (n, n_free)
        Free xnn, 1/Å²; only positive ones that are not too large.
    """
    k = lattice.n_free
    inverse = _inverse_designs(lattice)
    found = []
    for peaks in combinations(range(min(_N_PEAKS[k], len(q2))), k):
        x = inverse @ q2[list(peaks)]
        x = x[np.all(x > 0, axis=1)]
        found.append(x[volumes_from_xnn(full_xnn(lattice, x)) < max_volume])
    return np.concatenate(found)
