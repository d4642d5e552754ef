"""How often both cells of a list of two phases are found.

    python benchmarks/two_phases.py DATASETS.h5 --n 20 --part test

Two crystals of the data sets, at least one of cubic to orthorhombic symmetry and in half of the lists one primitive
monoclinic, give one list: 10 % of the lines missing, 0.02 degrees of error, the strongest line of the second
between a third of and three times that of the first. At least 8 lines of each are among the first 40. A phase counts as
found where a phase that the search reports has its cell at rank 1 (1 % and 1 degree, primitive cells).
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import iotbx.phil
import numpy as np
from cctbx import uctbx
from threadpoolctl import threadpool_limits

from mlindex_plugin.algorithms.benchmark.agreement import same_lattice
from mlindex_plugin.algorithms.benchmark.crystal_choice import crystals_of_part, shuffled, stream
from mlindex_plugin.algorithms.benchmark.rates import wilson_interval
from mlindex_plugin.algorithms.benchmark.searches import Truth
from mlindex_plugin.algorithms.peaks import PeakList
from mlindex_plugin.algorithms.phases import rounds_for
from mlindex_plugin.algorithms.search import run_unit
from mlindex_plugin.algorithms.simulate import error_ladder, simulate_peak_list
from mlindex_plugin.errors import InputError
from mlindex_plugin.phil import powder_scope

EASY = ("cF", "cI", "cP", "hP", "hR", "tI", "tP", "oC", "oF", "oI", "oP")
SHARE_MONOCLINIC = 0.5
N_FIRST, FEWEST_OF_A_PHASE, FEWEST = 40, 8, 24
_BREADTH = 1  # of the three lists of observable lines, the middle one


@dataclass(frozen=True)
class TwoPhases:
    """A list of two phases with their cells, and how many of the first 40 lines each has."""

    peaks: PeakList
    truths: tuple[Truth, Truth]
    n_lines: tuple[int, int]


def two_phase_lists(paths, part: str, n: int, seed: int) -> list[TwoPhases]:
    """The first n lists of a seed; more begin with the same."""
    pools = {symbol: shuffled(crystals_of_part(paths, symbol, part), seed) for symbol in (*EASY, "mP")}
    pools = {symbol: crystals for symbol, crystals in pools.items() if len(crystals)}
    easy = [symbol for symbol in EASY if symbol in pools]
    lists: list[TwoPhases] = []
    number = 0
    while len(lists) < n:
        number += 1
        rng = np.random.default_rng(stream(seed, "pair", number))
        symbols = [str(rng.choice(easy)), "mP" if rng.random() < SHARE_MONOCLINIC else str(rng.choice(easy))]
        crystals = [(symbol, int(rng.integers(len(pools[symbol])))) for symbol in rng.permutation(symbols)]
        if crystals[0] != crystals[1]:
            one = _simulated([(pools[symbol], symbol, i) for symbol, i in crystals], rng)
            lists += [one] if one is not None else []
    return lists


def _simulated(crystals, rng) -> TwoPhases | None:
    experiment = replace(error_ladder()["error"], phase_ratio=10 ** rng.uniform(-0.5, 0.5))
    lines = [pool.lines(i, _BREADTH) for pool, _, i in crystals]
    try:
        peaks, truth = simulate_peak_list(lines[0], experiment, rng, lines[1])
    except InputError:  # fewer than three peaks are left
        return None
    second = truth.is_contaminant[:N_FIRST]
    n_lines = int(np.sum(~second)), int(np.sum(second))
    if min(n_lines) < FEWEST_OF_A_PHASE or sum(n_lines) < FEWEST:
        return None
    truths = tuple(Truth(symbol, tuple(pool.cells[i].tolist())) for pool, symbol, i in crystals)
    return TwoPhases(peaks, truths, n_lines)


def search(peaks: PeakList, assignments: str):
    """The result of a search in this process."""
    params = powder_scope().fetch(iotbx.phil.parse(assignments)).extract()
    rounds = rounds_for(peaks, params)
    while rounds.units:
        rounds.advance([run_unit(unit, rounds.observed) for unit in rounds.units])
    return rounds.result(0.0)


def found(result, truths) -> list[bool]:
    """Whether each of the true cells is at rank 1 of a phase."""
    leading = [table[0] for table in (result.solutions, *result.phases) if table]
    cells = [uctbx.unit_cell(list(one.niggli_cell)) for one in leading]
    return [any(same_lattice(cell, uctbx.unit_cell(truth.niggli)) for cell in cells) for truth in truths]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+")
    parser.add_argument("--n", type=int, default=20, help="lists")
    parser.add_argument("--part", choices=("development", "test", "unseen"), default="development")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--phil", default="", help="parameters, as one string; search.n_phases=2 is set")
    arguments = parser.parse_args()
    counts, seconds = [0, 0, 0], []
    lists = two_phase_lists(arguments.datasets, arguments.part, arguments.n, arguments.seed)
    for number, one in enumerate(lists, 1):
        begin = time.process_time()
        with threadpool_limits(1):
            result = search(one.peaks, f"search.n_phases=2\n{arguments.phil}")
        seconds.append(time.process_time() - begin)
        hits = found(result, one.truths)
        counts[sum(hits)] += 1
        each = ", ".join(
            f"{truth.bravais_lattice} {n} lines {'found' if hit else '-'}"
            for truth, n, hit in zip(one.truths, one.n_lines, hits, strict=True)
        )
        print(f"{number:4} {each}; {seconds[-1]:.1f} s", flush=True)
    print(f"\n{len(lists)} lists of {arguments.part}, seed {arguments.seed}")
    for words, count in zip(("both", "one", "none"), reversed(counts), strict=True):
        low, high = wilson_interval(count, len(lists))
        print(f"{words:5} {count:4} {count / len(lists):5.2f} ({low:.2f} to {high:.2f})")
    print(f"median {np.median(seconds):.1f} s of processor time a list, largest {max(seconds):.1f} s")


if __name__ == "__main__":
    main()
