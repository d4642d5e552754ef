"""Scale cell shapes to the density of the peaks."""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import LatticeTable, find_lines

_MOST_LINES = 4000


@njit(cache=True, nogil=True)
def _scale(family, centring, reps, shapes, rank, q2_last):
    lines = np.empty(_MOST_LINES)
    codes = np.empty(_MOST_LINES, np.int64)
    factors = np.zeros(len(shapes))
    for c in range(len(shapes)):
        limit = 1.0
        for _ in range(40):
            n = find_lines(family, centring, reps, shapes[c], limit, _MOST_LINES, lines, codes)
            if n >= rank[c]:
                factors[c] = q2_last / np.sort(lines[:n])[rank[c] - 1]
                break
            if n < 0:
                break
            limit *= 1.6
    return factors


def scale_to_line_count(table: LatticeTable, shapes: np.ndarray, rank: np.ndarray, q2_last: float) -> np.ndarray:
    """Scale shapes so that each has a wanted number of lines up to the last peak.

    This is the volume estimate from the peak density, made for each shape: an extreme cell has far more lines at
    low angle than its volume says.

    Parameters
    ----------
    table : LatticeTable
    shapes : numpy.ndarray, shape (n, n_free)
        Free xnn in any unit, of about one line per unit sphere or fewer (cell volume near 1).
    rank : numpy.ndarray of int, shape (n,)
        Wanted number of lines.
    q2_last : float
        Position of the last peak, 1/Å².

    Returns
    -------
    numpy.ndarray, shape (m, n_free)
        Scaled free xnn, 1/Å²; shapes that cannot be scaled are left out.
    """
    factors = _scale(table.family, table.centring, table.reps, shapes, rank, q2_last)
    good = factors > 0
    return shapes[good] * factors[good, None]
