"""Pools of the true cell and its derivative lattices, on which constants of the evidence are chosen.

No search: on lists of the development part the truth is refined and ranked with its relatives and theirs (higher
symmetries, geometric ambiguities, lattices 2 to 8 times smaller and 2 to 4 times larger), on the first 20 and the first
40 peaks. Quick, so many lists are possible, but every wrong cell is related to the truth.

    python benchmarks/derivative_pools.py derivatives.jsonl real.h5 --n 10
    python benchmarks/ranking_constants.py derivatives.jsonl --evidence-only
"""

from __future__ import annotations

import argparse
import json

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
from cctbx import uctbx
from ranking_pools import decision_record, pool_record

from mlindex_plugin.algorithms.benchmark import crystal_searches, simulated_conditions
from mlindex_plugin.algorithms.benchmark.searches import Search
from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.ranking import Entry, rank, relatives
from mlindex_plugin.algorithms.search import Observed, observe, refine_cells

CONDITIONS = ("ideal", "error", "zero_0.02", "laboratory", "synchrotron", "smsfx")
LENGTHS = (20, 40)
_LIST_LENGTH = 60
_N_LEADING = 3
_N_GENERATIONS = 2


def family(search: Search, observed: Observed) -> list[Entry]:
    """The truth and its relatives, ranked."""
    symbol = search.truth.bravais_lattice
    pool = [(symbol, refine_cells(symbol, search.truth.x[None], observed))]
    asked = set()
    for _ in range(_N_GENERATIONS):
        for entry in rank(pool, observed)[:_N_LEADING]:
            key = tuple(round(value, 2) for value in entry.niggli)
            if key not in asked:
                asked.add(key)
                pool += [(other, refine_cells(other, x[None], observed)) for other, x in relatives(entry, observed)]
    return rank(pool, observed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", help="file of JSON lines")
    parser.add_argument("data", nargs="+", help="data sets of dials.mlindex_dataset")
    parser.add_argument("--n", type=int, default=10, help="lists of each lattice and condition")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    conditions = {name: simulated_conditions()[name] for name in CONDITIONS}
    with open(options.out, "w", encoding="utf-8") as out:
        for symbol in LATTICES:
            searches = crystal_searches(
                options.data, symbol, conditions, "development", options.n, _LIST_LENGTH, options.seed
            )
            for search in searches:
                everything, niggli = observe(search.peaks), uctbx.unit_cell(search.truth.niggli)
                decisions = []
                for n_peaks in sorted({min(length, len(search.peaks)) for length in LENGTHS}):
                    entries = family(search, everything.first(n_peaks))
                    decisions.append(decision_record(entries, n_peaks, niggli))
                name = f"{search.condition}/{symbol}/{search.name}"
                out.write(json.dumps(pool_record(name, search.peaks, search.truth, decisions)) + "\n")
            print(f"{symbol}: {len(searches)} lists", flush=True)


if __name__ == "__main__":
    main()
