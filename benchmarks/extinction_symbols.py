"""How often the true extinction symbol is in the set that holds 90 % of the probability.

Real structures of the validation side of a data set, searched in their true cell: its refinement on the peaks is the
solution, so that this counts what the lines say of absences and not whether the cell is found.

    python benchmarks/extinction_symbols.py real.h5 --part test --preset ideal laboratory --n-peaks 20 40
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from surroundings import commit, write_result

from mlindex_plugin.algorithms.benchmark.crystal_choice import PARTS, crystals_of_part
from mlindex_plugin.algorithms.benchmark.rates import wilson_interval
from mlindex_plugin.algorithms.benchmark.searches import Truth
from mlindex_plugin.algorithms.benchmark.verdict import solution_of_truth
from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.ranking.extinction import extinction_symbols, probable
from mlindex_plugin.algorithms.ranking.extinction_table import in_solution_setting, name_of, symbols_of
from mlindex_plugin.algorithms.search import observe
from mlindex_plugin.algorithms.simulate import experiment_preset, simulate_peak_list
from mlindex_plugin.errors import InputError

_BREADTH = 1  # of three, the middle one
_LEVEL = 0.9
_FEWEST = 10  # peaks


def crystals_of(path, symbol: str, part: str, n: int, seed: int):
    """At most `n` validation crystals of a lattice, of the development or the test half."""
    crystals = crystals_of_part([path], symbol, part)
    rng = np.random.default_rng([seed, list(LATTICES).index(symbol)])
    return crystals.take(np.sort(rng.permutation(len(crystals))[:n]))


def solution_of(crystals, i: int, symbol: str, preset: str, n_peaks: int, seed: int):
    """The solution that the true cell of a crystal is; None where fewer than ten peaks are seen, or it is no cell."""
    rng = np.random.default_rng([seed, i, n_peaks])
    try:
        peaks, _ = simulate_peak_list(crystals.lines(i, _BREADTH), experiment_preset(preset), rng)
    except InputError:  # fewer than three peaks
        return None
    if len(peaks) < _FEWEST:
        return None
    observed = observe(peaks).first(min(n_peaks, len(peaks)))
    return solution_of_truth(Truth(symbol, tuple(crystals.cells[i].tolist())), observed, peaks.wavelength)


def measure(options, symbol: str, preset: str, n_peaks: int) -> list[dict]:
    """One record a crystal with at least ten peaks."""
    crystals = crystals_of(options.data, symbol, options.part, options.n, options.seed)
    records = []
    for i in range(len(crystals)):
        solution = solution_of(crystals, i, symbol, preset, n_peaks, options.seed)
        if solution is None:
            continue
        truth = name_of(symbol, in_solution_setting(LATTICES[symbol], str(crystals.space_group[i]), crystals.cells[i]))
        started = time.process_time()
        found = extinction_symbols(solution)
        seconds = time.process_time() - started
        names = [one.symbol for one in probable(found, _LEVEL)]
        records.append(
            {
                "id": str(crystals.identifier[i]),
                "truth": truth,
                "probability": next(one.probability for one in found if one.symbol == truth),
                "covered": truth in names,
                "first": found[0].symbol == truth,
                "first_symbol": found[0].symbol,
                "first_probability": found[0].probability,
                "size": len(names),
                "seconds": seconds,
            }
        )
    return records


def row(name: str, records: list[dict], n_symbols) -> str:
    """A line of the table."""
    if not records:
        return f"| {name} | 0 | {n_symbols} | | | | |"
    n, covered = len(records), sum(record["covered"] for record in records)
    low, high = wilson_interval(covered, n)
    first = np.mean([record["first"] for record in records])
    claimed = np.mean([record["first_probability"] for record in records])
    size = np.mean([record["size"] for record in records])
    return (
        f"| {name} | {n} | {n_symbols} | {100 * covered / n:.1f} ({100 * low:.1f}-{100 * high:.1f}) "
        f"| {size:.2f} | {100 * first:.1f} | {100 * claimed:.1f} |"
    )


def main(arguments=None):
    """Print the tables and write them with all records to build/."""
    options = _options(arguments)
    everything = {}
    for preset in options.preset:
        for n_peaks in options.n_peaks:
            of_lattice = {symbol: measure(options, symbol, preset, n_peaks) for symbol in options.lattices}
            records = [record for some in of_lattice.values() for record in some]
            everything[f"{preset}, {n_peaks} peaks"] = of_lattice
            print(f"\nCommit {commit()}, part {options.part}, {preset}, at most {n_peaks} peaks\n")
            print("| lattice | structures | symbols | truth in the 90 % set, % | size of it | first, % | claimed, % |")
            print("| --- | --- | --- | --- | --- | --- | --- |")
            for symbol, some in of_lattice.items():
                print(row(symbol, some, len(symbols_of(symbol))))
            print(row("all", records, ""))
            seconds = [record["seconds"] for record in records]
            print(f"\nProcessor time: median {1e3 * np.median(seconds):.0f} ms, largest {1e3 * max(seconds):.0f} ms")
    write_result(f"extinction_symbols_{options.part}_{options.seed}", everything)


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="data set of dials.mlindex_dataset")
    with_absences = [symbol for symbol in LATTICES if symbol != "aP"]
    parser.add_argument("--lattices", nargs="+", choices=with_absences, default=with_absences, metavar="LATTICE")
    parser.add_argument(
        "--preset", nargs="+", default=["ideal"], choices=("ideal", "laboratory", "synchrotron", "smsfx")
    )
    parser.add_argument("--part", default="development", choices=PARTS)
    parser.add_argument("--n", type=int, default=40, help="structures of each lattice, at most")
    parser.add_argument("--n-peaks", type=int, nargs="+", default=[20], help="most peaks of a list")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of structures and of the errors")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
