"""Success against the number of peaks: of the candidates of the ensemble, and of the search of the known lattice.

Every crystal shows at least as many lines as the largest number asked for (as lines of the narrowest breadth of the
data set), and its lowest ones are used. Of 2,000 candidates: patterns without a close one, share of close ones
(`generator_closeness`), success of 300 optimised ones (`generator_worth`); of the search: true cell at rank 1.

    python benchmarks/generator_peaks.py framework.h5 --part test --lattices aP mP oP --n 30
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import mlindex_plugin  # cctbx first

# isort: split
import numpy as np
from cctbx import uctbx
from crystal_lists import NARROW, crystal_lists
from generator_worth import success
from surroundings import commit, write_result
from threadpoolctl import threadpool_limits

from mlindex_plugin.algorithms.benchmark.agreement import rank_of_truth
from mlindex_plugin.algorithms.benchmark.crystal_choice import PARTS, UNSEEN
from mlindex_plugin.algorithms.benchmark.rates import wilson_interval
from mlindex_plugin.algorithms.generators import load_ensemble
from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, full_xnn, lattice_table, niggli_cell
from mlindex_plugin.algorithms.lattice.closeness import close_candidates
from mlindex_plugin.algorithms.parallel import available_processors
from mlindex_plugin.algorithms.peaks import peaks_from_positions
from mlindex_plugin.algorithms.plan import largest_volume
from mlindex_plugin.algorithms.search import observe, optimise
from mlindex_plugin.algorithms.search.unit import N_ITERATIONS, ROOM, STALL
from mlindex_plugin.phil import powder_scope

COUNTS = (10, 15, 20, 30, 40, 60)
N_CANDIDATES = 2000
N_TRIED = 300  # candidates whose success is tabled
WAVELENGTH = 1.5406  # Å, gives positions their default errors
HEAD = ("peaks", "patterns", "none close", "close %", f"{N_TRIED} candidates %", "search % (95%)", "s median")


def measure(symbol: str, n_peaks: int, task) -> dict:
    """One pattern with its lowest peaks; `task` is (number, q2, true xnn)."""
    number, q2, truth = task
    lattice = LATTICES[symbol]
    cell = cells_from_xnn(full_xnn(lattice, truth[None]))[0]
    peaks = peaks_from_positions(q2[:n_peaks], "q2", wavelength=WAVELENGTH, source=f"pattern {number}")
    with threadpool_limits(1):
        observed = observe(peaks)
        volume = ROOM * largest_volume(symbol, observed, None)
        start = load_ensemble(symbol).generate(observed.q2, N_CANDIDATES, np.random.default_rng(number), volume)
        end = optimise(lattice_table(symbol), start, observed, N_ITERATIONS, number, STALL)[0]
    right = close_candidates(symbol, end, truth, 0.01 * float(np.linalg.norm(cell[:3])), 1.0)
    begin = time.process_time()
    params = powder_scope().extract()
    params.search.bravais_lattices, params.search.n_peaks, params.mp.nproc = [symbol], n_peaks, 1
    solutions = mlindex_plugin.index(peaks, params)
    return {
        "close": float(close_candidates(symbol, start, truth).sum()) / N_CANDIDATES,
        "right": float(right.sum()) / N_CANDIDATES,
        "rank": rank_of_truth(solutions, uctbx.unit_cell(niggli_cell(lattice, cell))),
        "seconds": time.process_time() - begin,
    }


def row_of(found: list[dict]) -> dict:
    """Numbers of one count of peaks."""
    close, right = (np.array([one[name] for one in found]) for name in ("close", "right"))
    first = sum(one["rank"] == 1 for one in found)
    return {
        "patterns": len(found),
        "missed": int((close == 0).sum()),
        "efficiency": round(float(close.mean()), 5),
        "success": round(success(right, N_TRIED), 4),
        "first": first,
        "interval": [round(float(limit), 4) for limit in wilson_interval(first, len(found))],
        "seconds": round(float(np.median([one["seconds"] for one in found])), 2),
    }


def print_row(n_peaks: int, row: dict) -> None:
    """As a row of a table."""
    low, high = (100 * limit for limit in row["interval"])
    first = f"{100 * row['first'] / row['patterns']:.1f} ({low:.0f}-{high:.0f})"
    close, successful = f"{100 * row['efficiency']:.2f}", f"{100 * row['success']:.1f}"
    values = (n_peaks, row["patterns"], row["missed"], close, successful, first, f"{row['seconds']:.1f}")
    print(f"| {' | '.join(map(str, values))} |", flush=True)


def main(arguments=None):
    """Run the evaluation; prints tables and writes build/generator_peaks_<part>.json."""
    options = _options(arguments)
    tables = {}
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for symbol in options.lattices:
            lists = crystal_lists(
                options.data, symbol, "ideal", options.part, options.n, max(options.counts), breadth=NARROW
            )
            tasks = list(zip(range(len(lists)), lists.q2, lists.x, strict=True))
            print(f"\n{symbol}\n| {' | '.join(HEAD)} |\n{'| --- ' * len(HEAD)}|", flush=True)
            for n_peaks in options.counts:
                row = row_of(list(pool.map(partial(measure, symbol, n_peaks), tasks)))
                tables[f"{symbol} {n_peaks}"] = row
                print_row(n_peaks, row)
    record = {"commit": commit(), "options": vars(options), "tables": tables}
    write_result(f"generator_peaks_{options.part}", record)


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", help="data sets of dials.mlindex_dataset")
    parser.add_argument("--lattices", nargs="+", choices=tuple(LATTICES), default=["aP", "mP", "oP"], metavar="LATTICE")
    parser.add_argument("--part", default="development", choices=(*PARTS, UNSEEN))
    parser.add_argument("--n", type=int, default=30, help="patterns of each lattice, at most")
    parser.add_argument("--counts", nargs="+", type=int, default=COUNTS, metavar="N", help="numbers of peaks")
    parser.add_argument("--jobs", type=int, default=available_processors())
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
