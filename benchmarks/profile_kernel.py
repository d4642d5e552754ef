"""Where the time of one kernel iteration goes.

Prints the first table of docs/profile.md. Pieces are timed by adding one after the other. For the parts of whole
searches see profile_search.py.
"""

from __future__ import annotations

import time

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import bench
import numpy as np
from numba import njit

from mlindex_plugin.algorithms.generators import RandomCells
from mlindex_plugin.algorithms.lattice import bin_table, fill_gaps, find_lines, lattice_table, solve_normal_equations
from mlindex_plugin.algorithms.search import NO_LINE, optimise
from mlindex_plugin.algorithms.search.assignment import assign, line_buffers
from mlindex_plugin.algorithms.search.kernel import RIDGE
from mlindex_plugin.algorithms.search.least_squares import NO_SHIFT, normal_equations

PIECES = ("lines of the cell", "gaps between peaks", "assignment", "normal equations of half", "solution")
REPEATS = 15


@njit
def run_pieces(n_pieces, family, hexagonal, centring, reps, cells, q2, weight, limit, most):
    """The first pieces of an iteration, for every cell."""
    bins = bin_table(q2, limit)
    lines, codes, edges, line, line_hkl, chosen = line_buffers(len(q2), most)
    normal, row, rhs = np.empty((7, 8)), np.empty(8), np.empty(7)
    kept = np.empty(len(q2), np.int64)
    total = 0.0
    for c in range(len(cells)):
        found = find_lines(family, centring, reps, cells[c], limit, most, lines, codes)
        total += found
        if n_pieces > 1 and found > 0:
            total += fill_gaps(found, lines, bins, edges)
        if n_pieces > 2:
            assign(q2, edges, codes, line, line_hkl, chosen)
        if n_pieces > 3:
            n_kept = 0
            for i in range(c % 2, len(q2), 2):
                if line_hkl[i] != NO_LINE:
                    kept[n_kept] = i
                    n_kept += 1
            n_free = cells.shape[1]
            normal_equations(family, hexagonal, kept, n_kept, q2, line, line_hkl, weight, NO_SHIFT, n_free, normal, row)
        if n_pieces > 4:
            rhs[:n_free] = normal[:n_free, 7]
            solve_normal_equations(normal, rhs, n_free, RIDGE)
            total += rhs[0]
    return total


def profile_kernel(symbol: str, n_peaks: int) -> None:
    """Print the microseconds of each piece, on cells that had a few iterations."""
    rng = np.random.default_rng(0)
    observed = bench.kernel_peaks(symbol, n_peaks, rng)
    q2 = observed.q2
    table = lattice_table(symbol)
    cells = optimise(table, RandomCells(symbol).generate(q2, 5000, rng), observed, 3, 1, 3)[0]
    arguments = (*table.codes, cells, q2, observed.weight, observed.limit, observed.most_lines)
    before = 0.0
    for n_pieces, name in enumerate(PIECES, 1):
        seconds = []
        for _ in range(REPEATS + 1):
            begin = time.process_time()
            run_pieces(n_pieces, *arguments)
            seconds.append(time.process_time() - begin)
        microseconds = 1e6 * min(seconds[1:]) / len(cells)
        print(f"{symbol}_{n_peaks} {name:34} {microseconds - before:6.2f}", flush=True)
        before = microseconds


def main() -> None:
    for symbol in bench.KERNEL_CELLS:
        profile_kernel(symbol, 20)


if __name__ == "__main__":
    main()
