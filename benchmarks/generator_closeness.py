"""How close the candidates of each generator come: Table 3 of the methods document, for every lattice.

Of 2,000 candidates for each pattern, none within 1 Å of the truth (Euclidean distance of the reduced a, b, c; every
angle within 5 degrees): the pattern is missed. Efficiency is the share of candidates within. Patterns are the first 20
peaks (10 for cubic lattices) of crystals on which no model was trained.

    python benchmarks/generator_closeness.py real.h5 molecular.h5 --lattices aP --preset ideal --n 500
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np
from crystal_lists import crystal_lists
from surroundings import commit, write_result
from threadpoolctl import threadpool_limits

from mlindex_plugin.algorithms.benchmark.crystal_choice import PARTS, UNSEEN
from mlindex_plugin.algorithms.benchmark.rates import wilson_interval
from mlindex_plugin.algorithms.generators import Ensemble, load_ensemble
from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.lattice.closeness import close_candidates
from mlindex_plugin.algorithms.parallel import available_processors
from mlindex_plugin.algorithms.peaks import peaks_from_positions
from mlindex_plugin.algorithms.plan import largest_volume
from mlindex_plugin.algorithms.search import observe
from mlindex_plugin.algorithms.search.unit import Unit, position_cells

N_CANDIDATES = 2000
POSITION_SHARE = 1 / 3  # of the first block of a search: exhaustive trial or zone relations
WAVELENGTH = 1.5406  # Å, gives positions their default errors
MOLECULAR = (1000.0, 1500.0)  # Å³, primitive cell
DOCUMENT = {"missed_of_5000": 49, "efficiency": 0.0245}  # Moreau 2024, Table 3, all members, triclinic


def mixtures(symbol: str, models: str | None) -> dict[str, Ensemble]:
    """Every member alone, every two trained ones, and the ensemble as drawn."""
    whole = load_ensemble(symbol, models)
    names = list(whole.members)
    sets = {name: (name,) for name in names}
    trained = [name for name in names if name != "random"]
    sets |= {f"{a} & {b}": (a, b) for i, a in enumerate(trained) for b in trained[i + 1 :]}
    made = {
        title: Ensemble(symbol, {name: whole.members[name] for name in chosen}, dict.fromkeys(chosen, 1.0))
        for title, chosen in sets.items()
    }
    return {**made, "all drawn": whole}


def closeness(symbol: str, models: str | None, task) -> dict[str, float]:
    """Share of close candidates of each mixture for one pattern; `task` is (number, q2, true xnn)."""
    number, q2, truth = task
    with threadpool_limits(1):
        drawn = {
            title: mixture.generate(q2, N_CANDIDATES, np.random.default_rng(number))
            for title, mixture in mixtures(symbol, models).items()
        }
        observed = observe(peaks_from_positions(q2, "q2", wavelength=WAVELENGTH, source=f"pattern {number}"))
        unit = Unit(symbol, 0, N_CANDIDATES, 0, largest_volume(symbol, observed, None))
        positions = position_cells(unit, observed, N_CANDIDATES)
        share = round(POSITION_SHARE * N_CANDIDATES)
        drawn |= {
            "positions": positions,
            "all": np.concatenate([drawn["all drawn"][: N_CANDIDATES - share], positions[:share]]),
        }
        return {title: float(close_candidates(symbol, x, truth).sum()) / N_CANDIDATES for title, x in drawn.items()}


def rows_of(shares: list[dict[str, float]]) -> dict[str, dict]:
    """Missed patterns and mean efficiency of each mixture."""
    table = {}
    for title in shares[0] if shares else ():
        values = np.array([one[title] for one in shares])
        missed = int((values == 0).sum())
        low, high = wilson_interval(missed, len(values))
        table[title] = {
            "patterns": len(values),
            "missed": missed,
            "missed_of_5000": round(5000 * missed / len(values), 1),
            "interval_of_5000": [round(5000 * low, 1), round(5000 * high, 1)],
            "efficiency": round(float(values.mean()), 5),
        }
    return table


def print_table(title: str, table: dict[str, dict]) -> None:
    """One row a mixture."""
    print(f"\n{title}\n| generators | patterns | missed | of 5,000 | efficiency |\n| --- | --- | --- | --- | --- |")
    for name, row in table.items():
        low, high = row["interval_of_5000"]
        print(
            f"| {name} | {row['patterns']} | {row['missed']} | {row['missed_of_5000']:.0f} ({low:.0f}-{high:.0f}) "
            f"| {100 * row['efficiency']:.2f} % |",
            flush=True,
        )


def main(arguments=None):
    """Run the evaluation; prints tables and writes build/generator_closeness_<preset>_<part>.json."""
    options = _options(arguments)
    results = {}
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for symbol in options.lattices:
            n_peaks = 10 if LATTICES[symbol].system == "cubic" else options.n_peaks
            lists = crystal_lists(options.data, symbol, options.preset, options.part, options.n, n_peaks)
            tasks = list(zip(range(len(lists)), lists.q2, lists.x, strict=True))
            shares = list(pool.map(partial(closeness, symbol, options.models), tasks, chunksize=4))
            results[symbol] = rows_of(shares)
            print_table(f"{symbol}, {options.preset}, {n_peaks} peaks", results[symbol])
            molecular = (lists.volumes > MOLECULAR[0]) & (lists.volumes < MOLECULAR[1])
            if molecular.sum() >= 20:
                of_molecular = rows_of([share for share, one in zip(shares, molecular, strict=True) if one])
                results[f"{symbol} 1000-1500"] = of_molecular
                print_table(f"{symbol}, primitive cells of 1,000-1,500 Å³", of_molecular)
    record = {"commit": commit(), "options": vars(options), "document": DOCUMENT, "tables": results}
    write_result(f"generator_closeness_{options.preset}_{options.part}", record)


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", help="data sets of dials.mlindex_dataset")
    parser.add_argument("--lattices", nargs="+", choices=tuple(LATTICES), default=list(LATTICES), metavar="LATTICE")
    parser.add_argument("--preset", default="ideal", choices=("ideal", "laboratory", "synchrotron", "smsfx"))
    parser.add_argument("--part", default="development", choices=(*PARTS, UNSEEN))
    parser.add_argument("--n", type=int, default=500, help="patterns of each lattice, at most")
    parser.add_argument("--n-peaks", type=int, default=20, help="peaks used, except of cubic lattices")
    parser.add_argument("--models", default=None, metavar="DIR", help="folder of dials.mlindex_train")
    parser.add_argument("--jobs", type=int, default=available_processors())
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
