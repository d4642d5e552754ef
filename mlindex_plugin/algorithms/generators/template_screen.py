"""Which of many templates may fit a peak list, before any is solved.

With fixed weights the misfit of a least-squares solution is the part of the peaks outside the space that the columns
of the design span: one matrix product for all templates.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_SINGULAR = 1e-9  # of a column's squared length


@njit(cache=True, nogil=True)
def _orthonormal_columns(design, weight, basis):
    """Gram-Schmidt on the weighted columns of each template; columns without new direction become zero."""
    n_rows, n_free = len(weight), design.shape[2]
    columns = np.empty((n_free, n_rows))
    for t in range(len(design)):
        for a in range(n_free):
            before = 0.0
            for i in range(n_rows):
                columns[a, i] = design[t, i, a] * weight[i]
                before += columns[a, i] ** 2
            for b in range(a):
                overlap = 0.0
                for i in range(n_rows):
                    overlap += columns[a, i] * columns[b, i]
                for i in range(n_rows):
                    columns[a, i] -= overlap * columns[b, i]
            after = 0.0
            for i in range(n_rows):
                after += columns[a, i] ** 2
            factor = 1 / np.sqrt(after) if after > _SINGULAR * before else 0.0
            for i in range(n_rows):
                columns[a, i] *= factor
                basis[t, a, i] = columns[a, i]


def template_bases(design: np.ndarray, typical: np.ndarray) -> np.ndarray:
    """Orthonormal bases of what each template can explain.

    Parameters
    ----------
    design : numpy.ndarray of int16, shape (n, at least n_rows, n_free)
    typical : numpy.ndarray, shape (n_rows,)
        Positions relative to which peaks are taken.

    Returns
    -------
    numpy.ndarray of float32, shape (n, n_free, n_rows)
    """
    basis = np.empty((len(design), design.shape[2], len(typical)), np.float32)
    _orthonormal_columns(design, 1 / typical, basis)
    return basis


def unexplained(bases: np.ndarray, typical: np.ndarray, q2: np.ndarray) -> np.ndarray:
    """Share of a peak list that each template leaves unexplained, shape (n,).

    Parameters
    ----------
    bases : numpy.ndarray
        From `template_bases`.
    typical, q2 : numpy.ndarray, shape (n_rows,)
    """
    relative = q2 / typical
    relative = (relative / np.linalg.norm(relative)).astype(np.float32)
    explained = (bases.reshape(-1, len(q2)) @ relative).reshape(len(bases), -1)
    return 1 - (explained**2).sum(axis=1)
