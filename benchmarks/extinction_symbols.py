"""How often the true extinction symbol is in the set that holds 90 % of the probability.

Real structures of the validation side of a data set, searched in their true cell: its refinement on the peaks is the
solution, so that this counts what the lines say of absences and not whether the cell is found.

    python benchmarks/extinction_symbols.py real.h5 --part test --preset ideal laboratory --n-peaks 20 40
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from crystal_lists import PARTS, part_of
from scoring import wilson_interval

from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, full_xnn, xnn_from_cells
from mlindex_plugin.algorithms.peaks import peaks_from_positions
from mlindex_plugin.algorithms.ranking import build_solution
from mlindex_plugin.algorithms.ranking.extinction import extinction_symbols, probable
from mlindex_plugin.algorithms.ranking.extinction_table import in_solution_setting, name_of
from mlindex_plugin.algorithms.ranking.pool import rank
from mlindex_plugin.algorithms.search import observe, refine_cells
from mlindex_plugin.algorithms.simulate import experiment_preset, simulate_peak_list
from mlindex_plugin.algorithms.simulate.entry import Lines
from mlindex_plugin.algorithms.training.crystals import read_crystals

_BREADTH = 1  # of three, the middle one
_LEVEL = 0.9


def crystals_of(path, symbol: str, part: str, n: int, seed: int):
    """At most `n` validation crystals of a lattice, of the development or the test half."""
    crystals = read_crystals([path], symbol)["validation"]
    chosen = np.flatnonzero([part_of(str(name)) == part for name in crystals.identifier])
    rng = np.random.default_rng([seed, list(LATTICES).index(symbol)])
    return crystals.take(np.sort(rng.permutation(chosen)[:n]))


def solution_of(crystals, i: int, symbol: str, preset: str, n_peaks: int, seed: int):
    """The solution that the true cell of a crystal is; None where it explains too little to be one."""
    n = crystals.n_lines[i, _BREADTH]
    lines = Lines(*(column[i, _BREADTH, :n] for column in (crystals.q2, crystals.hkl, crystals.intensity)))
    rng = np.random.default_rng([seed, i, n_peaks])
    peaks, _ = simulate_peak_list(lines, experiment_preset(preset), rng)
    observed = observe(peaks).first(min(n_peaks, len(peaks)))
    lattice = LATTICES[symbol]
    x = xnn_from_cells(crystals.cells[i])[list(lattice.columns)]
    entries = rank([(symbol, refine_cells(symbol, x[None], observed))], observed)
    return build_solution(entries[0], observed, 1, peaks.wavelength) if entries else None


def measure(options, symbol: str, preset: str, n_peaks: int) -> list[dict]:
    """One record a crystal with at least ten peaks."""
    crystals = crystals_of(options.data, symbol, options.part, options.n, options.seed)
    records = []
    for i in range(len(crystals)):
        if crystals.n_lines[i, _BREADTH] < 10:
            continue
        solution = solution_of(crystals, i, symbol, preset, n_peaks, options.seed)
        if solution is None or solution.n_peaks < 10:
            continue
        lattice = LATTICES[symbol]
        truth = name_of(symbol, in_solution_setting(lattice, str(crystals.space_group[i]), crystals.cells[i]))
        started = time.perf_counter()
        found = extinction_symbols(solution)
        seconds = time.perf_counter() - started
        names = [one.symbol for one in probable(found, _LEVEL)]
        records.append(
            {
                "id": str(crystals.identifier[i]),
                "truth": truth,
                "probability": next(one.probability for one in found if one.symbol == truth),
                "covered": truth in names,
                "first": found[0].symbol == truth,
                "first_probability": found[0].probability,
                "size": len(names),
                "seconds": seconds,
            }
        )
    return records
