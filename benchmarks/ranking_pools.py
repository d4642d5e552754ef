"""Pools of searches with a known answer, on which the constants of the ranking and of the probability are chosen.

Every search runs as `dials.mlindex_powder` runs it; after each of its decisions the ranked cells are kept, with which
of them are the truth. Lists are simulated from the development part of data sets, under conditions of
`dials.mlindex_benchmark`, or are random lines: a list's own errors and range with positions drawn uniformly in q2.
(Its distances in random order would still be sums of the same few numbers, which symmetric lattices explain.) Each
pool is a line of JSON, written when it is there; the same command goes on after an interruption. Lists come in random
order, so that the first of them are a fair sample.

    python benchmarks/ranking_pools.py pools.jsonl real.h5 molecular.h5 --n 3 --random 40 --effort quick

`benchmarks/ranking_constants.py` reads the pools.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np
from cctbx import uctbx
from threadpoolctl import threadpool_limits

from mlindex_plugin.algorithms.batch.steps import working_scope
from mlindex_plugin.algorithms.benchmark import crystal_searches, simulated_conditions
from mlindex_plugin.algorithms.benchmark.agreement import same_lattice
from mlindex_plugin.algorithms.benchmark.crystal_choice import stream
from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.peaks import PeakList
from mlindex_plugin.algorithms.ranking import Entry
from mlindex_plugin.algorithms.rounds import Rounds
from mlindex_plugin.algorithms.search import run_unit

CONDITIONS = ("ideal", "error", "zero_0.02", "zero_0.07", "laboratory", "smsfx")
RANDOM = "random"
_LIST_LENGTH = 60


def lists_of(paths, wanted_conditions, n: int, n_random: int, seed: int) -> list[tuple[str, PeakList, object]]:
    """Name, peaks and truth (None of random lines) of each list, in an order of which every beginning is a fair sample.

    Each condition has crystals of its own.
    """
    conditions = {name: simulated_conditions()[name] for name in CONDITIONS}
    found: list = []
    rng = np.random.default_rng(seed)
    for symbol in LATTICES:
        every = crystal_searches(paths, symbol, conditions, "development", n * len(CONDITIONS), _LIST_LENGTH, seed)
        for number, name in enumerate(CONDITIONS):
            own = [one for one in every if one.condition == name][number :: len(CONDITIONS)]
            found += [
                (k + rng.random(), f"{name}/{symbol}/{one.name}", one.peaks, one.truth) for k, one in enumerate(own)
            ]
    order = rng.permutation(len(found))
    noise = [
        (k * n / max(n_random, 1), f"{RANDOM}/{name}", random_lines(peaks, stream(seed, name)), None)
        for k, (_, name, peaks, _) in enumerate(found[i] for i in order[:n_random])
    ]
    wanted = [found[i] for i in order if found[i][1].split("/")[0] in wanted_conditions]
    return [one[1:] for one in sorted(wanted + noise, key=lambda one: one[0])]


def random_lines(peaks: PeakList, seed: int) -> PeakList:
    """A list with the errors and the range of another, but lines of nothing."""
    q2 = np.random.default_rng(seed).uniform(peaks.q2[0], peaks.q2[-1], len(peaks))
    return replace(peaks, q2=np.sort(q2), intensity=None, source=RANDOM)


def pool_of(name: str, peaks: PeakList, truth, diff: str) -> dict:
    """Search a list; the ranked cells after every decision of the search."""
    begin = time.process_time()
    rounds, decisions = Rounds(peaks, working_scope(diff).extract()), []
    niggli = None if truth is None else uctbx.unit_cell(truth.niggli)
    while rounds.units:
        n_peaks = len(rounds.observed.q2)
        rounds.advance([run_unit(unit, rounds.observed) for unit in rounds.units])
        decisions.append(decision_record(rounds.entries, n_peaks, niggli))
    return pool_record(name, peaks, truth, decisions) | {"processor_seconds": round(time.process_time() - begin, 2)}


def pool_record(name: str, peaks: PeakList, truth, decisions: list[dict]) -> dict:
    """A pool as it is written."""
    return {
        "name": name,
        "truth": None if truth is None else {"symbol": truth.bravais_lattice, "cell": list(truth.cell)},
        "peaks": {
            "q2": peaks.q2.tolist(),
            "sigma": peaks.sigma.tolist(),
            "sigma_measured": bool(peaks.sigma_measured),
            "unit": peaks.unit,
            "wavelength": peaks.wavelength,
        },
        "decisions": decisions,
    }


def decision_record(entries: list[Entry], n_peaks: int, niggli) -> dict:
    """Ranked cells on so many peaks, with which of them are the truth."""
    return {
        "n_peaks": n_peaks,
        "entries": [
            {
                "symbol": entry.symbol,
                "x": entry.refined.x[0].tolist(),
                "evidence": entry.evidence,
                "true": niggli is not None and same_lattice(uctbx.unit_cell(entry.niggli), niggli),
            }
            for entry in entries
        ],
    }


def _done(path: Path) -> set[str]:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return {json.loads(line)["name"] for line in lines if line.endswith("\n")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="file of JSON lines")
    parser.add_argument("data", nargs="+", help="data sets of dials.mlindex_dataset")
    parser.add_argument("--conditions", nargs="+", choices=CONDITIONS, default=CONDITIONS)
    parser.add_argument("--n", type=int, default=3, help="lists of each lattice and condition")
    parser.add_argument("--random", type=int, default=40, help="lists of random lines")
    parser.add_argument("--effort", default="quick")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    lists, done = (
        lists_of(options.data, options.conditions, options.n, options.random, options.seed),
        _done(options.out),
    )
    with threadpool_limits(1):
        for number, (name, peaks, truth) in enumerate(lists, 1):
            if name in done:
                continue
            pool = pool_of(name, peaks, truth, f"search.effort={options.effort}")
            with open(options.out, "a", encoding="utf-8") as stream:
                stream.write(json.dumps(pool) + "\n")
            ranks = [k for k, entry in enumerate(pool["decisions"][-1]["entries"], 1) if entry["true"]]
            seconds = pool["processor_seconds"]
            print(f"[{number}/{len(lists)}] {name}: rank {ranks[0] if ranks else '-'}, {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()
