"""Reference Miller indices of the lattices whose lines depend on sums of squares."""

from __future__ import annotations

from functools import cache

import numpy as np

from mlindex_plugin.algorithms.lattice.bravais import BravaisLattice

_LARGEST = 60


def _allowed(centring: str, h: np.ndarray, k: np.ndarray, l: np.ndarray) -> np.ndarray:  # noqa: E741
    if centring == "I":
        return (h + k + l) % 2 == 0
    if centring == "F":
        return ((h + k) % 2 == 0) & ((k + l) % 2 == 0)
    return np.ones(h.shape, dtype=bool)


@cache
def square_sums(lattice: BravaisLattice) -> np.ndarray:
    """Distinct sums of squares of a lattice, each with one representative.

    Parameters
    ----------
    lattice : BravaisLattice
        Cubic: h² + k² + l² with the centring's absences removed. Tetragonal and hexagonal: h² + k² and
        h² + hk + k² of the basal plane, absences left to the caller because they involve l. Others: none.

    Returns
    -------
    numpy.ndarray of int, shape (m, 4)
        (sum, h, k, l), ascending sums, complete up to the last one. Of representatives of one sum the one with
        the largest h is kept.
    """
    if lattice.system not in ("cubic", "tetragonal", "hexagonal"):
        return np.empty((0, 4), dtype=np.int64)
    axis = np.arange(_LARGEST + 1)
    if lattice.system == "cubic":
        axis = axis[:33]
        h, k, l = (a.ravel() for a in np.meshgrid(axis, axis, axis, indexing="ij"))  # noqa: E741
        keep = (h >= k) & (k >= l) & (h > 0) & _allowed(lattice.centring, h, k, l)
        sums = h * h + k * k + l * l
    else:
        h, k = (a.ravel() for a in np.meshgrid(axis, axis, indexing="ij"))
        l = np.zeros_like(h)  # noqa: E741
        keep = h >= k
        sums = h * h + k * k + (h * k if lattice.system == "hexagonal" else 0)
    complete = (axis[-1] + 1) ** 2
    keep &= sums < complete
    rows = np.stack([sums, h, k, l], axis=1)[keep]
    rows = rows[np.lexsort((-rows[:, 1], rows[:, 0]))]
    _, first = np.unique(rows[:, 0], return_index=True)
    return np.ascontiguousarray(rows[first])
