"""What tells a template's right solution from a wrong one: how the lines of the solved cell fit the peaks."""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import (
    BravaisLattice,
    bin_table,
    cells_from_xnn,
    fill_gaps,
    find_lines,
    full_xnn,
    lattice_table,
)
from mlindex_plugin.models.features import peak_scale

_MOST_LINES = 1000
_LOW = 6  # peaks
_CLOSE = 0.1  # of the mean distance of lines
_LEAST_MISFIT = 1e-3  # of the mean distance of lines
_BEST = 5  # per cent of the solutions of a list that its others are compared with
_N_COMPARED = 6


@njit(cache=True, nogil=True)
def _compare_lines(family, centring, reps, x, q2, out):
    """Each cell's lines against the peaks, one row of `out` each; False where xnn is no cell or has too many lines."""
    n = len(q2)
    limit = q2[-1] * (1 + 1e-6)
    bins = bin_table(q2, limit)
    lines, codes = np.empty(_MOST_LINES), np.empty(_MOST_LINES, np.int64)
    edges = np.empty((n + 1, 2))
    misfit = np.empty(n)
    good = np.zeros(len(x), np.bool_)
    for c in range(len(x)):
        n_lines = find_lines(family, centring, reps, x[c], limit, _MOST_LINES, lines, codes)
        if n_lines < 1:
            continue
        good[c] = True
        fill_gaps(n_lines, lines, bins, edges)
        below, above = -np.inf, np.inf
        for i in range(n):
            below = max(below, edges[i, 1])
            misfit[i] = q2[i] - below
        for i in range(n - 1, -1, -1):
            above = min(above, edges[i + 1, 0])
            misfit[i] = min(misfit[i], above - q2[i])
        by_chance = q2[-1] / (2 * n_lines)
        low_lines = 0
        for i in range(n_lines):
            low_lines += lines[i] < q2[min(_LOW, n) - 1]
        out[c, 0] = np.log(misfit.mean() / by_chance + _LEAST_MISFIT)
        out[c, 1] = np.log(misfit[:_LOW].mean() / by_chance + _LEAST_MISFIT)
        out[c, 2] = (misfit < 2 * _CLOSE * by_chance).mean()
        out[c, 3] = np.log(n_lines / n)
        out[c, 4] = low_lines
        out[c, 5] = np.log(lines[:n_lines].min() / q2[0])
    return good


def solution_features(
    lattice: BravaisLattice, x: np.ndarray, q2: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Features of solved templates.

    Misfit of the nearest lines relative to chance: of all peaks, of the low ones, and the share of close ones; number
    of lines below the last peak and below a low one; the lowest line; size, shape, flatness of the cell; the same
    misfit and number of lines relative to the other solutions of the list; number of peaks; then `columns`.

    Parameters
    ----------
    lattice : BravaisLattice
    x : numpy.ndarray, shape (n, n_free)
        Free xnn, 1/Å².
    q2 : numpy.ndarray, shape (n_peaks,)
        Peaks that were solved for, 1/Å².
    columns : numpy.ndarray, shape (n, n_columns)
        Further features, known from solving.

    Returns
    -------
    physical : numpy.ndarray of bool, shape (n,)
        Solutions that are cells, of not too many lines.
    features : numpy.ndarray of float32, shape (number of physical ones, n_features)
    """
    table = lattice_table(lattice.symbol)
    compared = np.empty((len(x), _N_COMPARED))
    physical = _compare_lines(table.family, table.centring, table.reps, x, q2, compared)
    compared = compared[physical]
    if len(compared) == 0:
        return physical, np.empty((0, 0), np.float32)
    cells = cells_from_xnn(full_xnn(lattice, x[physical]))
    axes, cosines = cells[:, :3], np.cos(np.radians(cells[:, 3:]))
    flatness = np.sqrt(np.maximum(1 - (cosines**2).sum(axis=1) + 2 * cosines.prod(axis=1), 1e-6))
    scale = peak_scale(q2[None])[0]
    features = [
        compared,
        np.log(axes.prod(axis=1) * flatness * scale**1.5),
        np.log(axes.min(axis=1) / axes.max(axis=1)),
        flatness,
        compared[:, 0] - np.percentile(compared[:, 0], _BEST),
        compared[:, 3] - np.median(compared[:, 3]),
        np.full(len(cells), np.log(scale)),
        np.full(len(cells), len(q2)),
        columns[physical],
    ]
    return physical, np.column_stack(features).astype(np.float32)
