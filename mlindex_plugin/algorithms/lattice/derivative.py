"""Derivative lattices."""

from __future__ import annotations

from functools import cache

import numpy as np


@cache
def hermite_forms(index: int) -> np.ndarray:
    """Integer matrices in Hermite normal form of a determinant: one for each sublattice of that index.

    Parameters
    ----------
    index : int

    Returns
    -------
    numpy.ndarray of int, shape (m, 3, 3)
        Rows are a basis of the sublattice; 7, 13 and 35 of them for the indices 2, 3 and 4.
    """
    forms = [
        [[a, b, c], [0, d, e], [0, 0, index // (a * d)]]
        for a in range(1, index + 1)
        if index % a == 0
        for d in range(1, index // a + 1)
        if (index // a) % d == 0
        for b in range(d)
        for c in range(index // (a * d))
        for e in range(index // (a * d))
    ]
    return np.array(forms)
