"""How many lines the errors of the peaks can tell apart, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import main_line_of


@njit(cache=True)
def count_distinct(lines, codes, q2, resolution, bits, basis, n_main):
    """Lines up to the last peak that lie further than the local resolution above the one before.

    Parameters
    ----------
    lines : numpy.ndarray, shape (n,)
        1/Å², in any order.
    codes : numpy.ndarray of int, shape (n,)
        Their packed Miller indices.
    q2, resolution : numpy.ndarray, shape (n_peaks,)
        Of the peaks, 1/Å².
    bits, basis : numpy.ndarray
        Of the `Substructures` of the lattice.
    n_main : numpy.ndarray of int, shape (n_substructures,)
        Filled with how many of them hold a main line of each substructure.

    Returns
    -------
    int
    """
    n_main[:] = 0
    count, peak = 0, 0
    start = -1.0
    main = np.uint64(0)
    for i in np.argsort(lines):
        if lines[i] > q2[-1]:
            break
        while peak < len(q2) - 1 and q2[peak] < lines[i]:
            peak += 1
        if lines[i] - start > resolution[peak]:
            _add(main, n_main)
            count += 1
            start = lines[i]
            main = np.uint64(0)
        main |= main_line_of(codes[i], bits, basis)
    _add(main, n_main)
    return count


@njit(cache=True)
def _add(main, n_main):
    for j in range(len(n_main)):
        if (main >> np.uint64(j)) & np.uint64(1):
            n_main[j] += 1
