"""The lines that a space group allows in a cell, complete from the first on."""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import (
    CUBIC,
    LATTICES,
    UNIAXIAL,
    find_lines,
    unpack,
    volumes_from_xnn,
    xnn_from_cells,
)
from mlindex_plugin.algorithms.simulate.augmentation.absences import ABSENT, absence_table, allowed_code
from mlindex_plugin.algorithms.simulate.calculated_pattern import CU_Q2_MAX, D_MIN_EXTENDED
from mlindex_plugin.algorithms.simulate.entry_lines import ENOUGH_ALLOWED

EXTENDED_Q2_MAX = 1 / D_MIN_EXTENDED**2
MAX_LINES = 1000
COINCIDENT = 1e-9  # 1/Å²; lines this close are one, as in `allowed_lines` of a structure
_MOST = 20_000  # lines of the lattice looked at
_GROWTH = 1.5


@njit(cache=True)
def _allowed(family, hexagonal, centring, reps, rotations, translations, by_sum, x, limit, wanted, q2_max):
    """Allowed lines below q2_max, at least `wanted` if there are so many, unsorted."""
    lines, codes = np.empty(_MOST), np.empty(_MOST, np.int64)
    kept = 0
    while True:
        limit = min(limit, q2_max)
        n = find_lines(family, centring, reps, x, limit, _MOST, lines, codes)
        if n < 0:
            return lines[:kept].copy(), codes[:kept].copy(), False
        kept = 0
        for i in range(n):
            code = allowed_code(codes[i], family, hexagonal, rotations, translations, by_sum)
            if code != ABSENT:
                lines[kept] = lines[i]
                codes[kept] = code
                kept += 1
        if kept >= wanted or limit >= q2_max:
            return lines[:kept].copy(), codes[:kept].copy(), True
        limit *= _GROWTH


def allowed_lines_of_cells(bravais_lattice, space_groups, cells, wanted=MAX_LINES):
    """Lines that space groups allow, ascending, complete below the last.

    They go as far as the lists of `entry_lines`: to 2θ = 60° of Cu Kα if that holds 400 lines or more, else to
    d = 0.77 Å; not further than the `wanted` first ones.

    Parameters
    ----------
    bravais_lattice : str
    space_groups : sequence of str, length n
        Symbols of the common setting.
    cells : numpy.ndarray, shape (n, 6)
        Å and degrees, common setting.
    wanted : int
        At least 400.

    Returns
    -------
    list of (numpy.ndarray of shape (m,), numpy.ndarray of int of shape (m, 3))
        q2 in 1/Å² and Miller indices of each cell.
    """
    lattice = LATTICES[bravais_lattice]
    full = xnn_from_cells(np.asarray(cells, dtype=float))
    free = np.ascontiguousarray(full[:, list(lattice.columns)])
    # As many lines as a sphere of that radius holds; dominant zones and absences are left to the growth.
    volumes = volumes_from_xnn(full) / lattice.n_centring
    limits = (0.75 / np.pi * wanted * lattice.n_operations / volumes) ** (2 / 3)
    return [
        _lines_of_cell(absence_table(bravais_lattice, symbol), x, limit, wanted)
        for symbol, x, limit in zip(space_groups, free, limits, strict=True)
    ]


def _lines_of_cell(table, x, limit, wanted):
    family, hexagonal, centring, reps = table.lattice.codes
    q2_max = EXTENDED_Q2_MAX
    if family in (CUBIC, UNIAXIAL):  # beyond this the sums of squares are not complete
        q2_max = min(q2_max, reps[-1, 0] * x[0])
    q2, codes, complete = _allowed(
        family, hexagonal, centring, reps, table.rotations, table.translations, table.by_sum, x, limit, wanted, q2_max
    )
    if not complete:
        raise ValueError(f"cell with free xnn {x.tolist()}: too many lines.")
    order = np.argsort(q2, kind="stable")
    order = order[np.diff(q2[order], prepend=-1.0) > COINCIDENT]
    if np.count_nonzero(q2 <= CU_Q2_MAX) >= ENOUGH_ALLOWED:
        order = order[q2[order] <= CU_Q2_MAX]
    order = order[:wanted]
    h, k, l = unpack(codes[order])  # noqa: E741
    return q2[order], np.stack([h, k, l], axis=1)
