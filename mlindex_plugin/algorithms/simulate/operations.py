"""Symmetry operations of cctbx as arrays."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def operations(operators: Iterable) -> tuple[np.ndarray, np.ndarray]:
    """Matrices and vectors of symmetry operations.

    Parameters
    ----------
    operators : iterable of cctbx.sgtbx.rt_mx
        Such as ``group.all_ops()``.

    Returns
    -------
    rotations : numpy.ndarray of int, shape (n, 3, 3)
    translations : numpy.ndarray, shape (n, 3)
        As fractions of the axes.
    """
    operators = list(operators)
    rotations = np.array([op.r().as_double() for op in operators]).reshape(-1, 3, 3).round().astype(np.int64)
    return rotations, np.array([op.t().as_double() for op in operators])
