"""Where the processor time of whole searches goes: of simulated lists of development crystals, one process.

    python benchmarks/profile_search.py structures.h5 [solutions.json]

Prints the processor seconds of start-up (imports), of a first search that loads compiled functions and models too, and
then of each part of each search, exclusive of the parts called by it, with the number of calls, and the whole.
Solutions are written as JSON, to compare two versions of the program: a gain in speed must not change them.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections import defaultdict
from importlib import import_module

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
from threadpoolctl import threadpool_limits

from mlindex_plugin.algorithms.benchmark.conditions import simulated_conditions
from mlindex_plugin.algorithms.benchmark.searches import crystal_searches
from mlindex_plugin.algorithms.rounds import Rounds
from mlindex_plugin.algorithms.search import run_unit
from mlindex_plugin.phil import powder_scope

LISTS = (
    ("ideal", "aP"),
    ("error", "mP"),
    ("laboratory", "oP"),
    ("zero_0.02", "aP"),
    ("smsfx", "mC"),
    ("ideal", "cF"),
)
SEED = 5
IMPORTED = ("mlindex_plugin.algorithms.rounds", "mlindex_plugin.algorithms.report")
ALGORITHMS = "mlindex_plugin.algorithms."
# Module, function (a dot: of a class): where it is looked up when it is called.
PARTS = {
    "weights of the models": ("search.unit", "load_ensemble"),
    "generation": ("generators.ensemble", "Ensemble.generate"),
    "redistribution": ("search.unit", "redistribute"),
    "position cells": ("search.unit", "position_cells"),
    "kernel": ("search.unit", "optimise"),
    "refinement": ("search.unit", "refine"),
    "ranking": ("rounds", "rank"),
    "evidence": ("ranking.pool", "log_evidence"),
    "relatives": ("rounds", "relatives"),
    "relatives: higher symmetry": ("ranking.relatives", "higher_symmetry"),
    "relatives: derivative cells": ("ranking.relatives", "_refine_primitive"),
    "relatives: nearby cells": ("ranking.relatives", "_nearby"),
    "stop or not": ("rounds", "convincing"),
    "result": ("rounds", "Rounds.result"),
}


class Clock:
    """Processor seconds of nested parts, each without those inside it."""

    def __init__(self):
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)
        self._stack = ["rest"]
        self._since = time.process_time()

    def _switch(self) -> None:
        now = time.process_time()
        self.seconds[self._stack[-1]] += now - self._since
        self._since = now

    def timed(self, part: str, function):
        """The function, timed as a part."""

        def call(*args, **kwargs):
            self._switch()
            self._stack.append(part)
            self.calls[part] += 1
            try:
                return function(*args, **kwargs)
            finally:
                self._switch()
                self._stack.pop()

        return call

    def take(self) -> dict[str, float]:
        """Seconds since the last call of this."""
        self._switch()
        seconds, self.seconds = dict(self.seconds), defaultdict(float)
        return seconds


def watch() -> Clock:
    """Time the parts wherever they are called."""
    clock = Clock()
    for part, (module, name) in PARTS.items():
        owner = import_module(ALGORITHMS + module)
        *classes, attribute = name.split(".")
        for one in classes:
            owner = getattr(owner, one)
        setattr(owner, attribute, clock.timed(part, getattr(owner, attribute)))
    return clock


def search(peaks) -> list:
    """What the solutions are."""
    rounds = Rounds(peaks, powder_scope().extract())
    while rounds.units:
        rounds.advance([run_unit(unit, rounds.observed) for unit in rounds.units])
    result = rounds.result(0.0)
    return [
        [one.bravais_lattice, one.unit_cell, one.figures_of_merit, one.n_indexed, str(one.alternatives)]
        for one in result.solutions
    ]


def start_up() -> float:
    """Processor seconds of a process that imports what a command imports."""
    subprocess.run([sys.executable, "-c", f"import {', '.join(IMPORTED)}"], check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    path, *output = sys.argv[1:]
    print(f"start-up {start_up():.2f}", flush=True)
    conditions = simulated_conditions()
    chosen = [
        crystal_searches([path], symbol, {name: conditions[name]}, "development", 1, 60, SEED)[0]
        for name, symbol in LISTS
    ]
    clock = watch()
    solutions = {}
    with threadpool_limits(1):
        clock.take()
        search(chosen[0].peaks)
        print(f"first search, {LISTS[0]}: {sum(clock.take().values()):.2f}", flush=True)
        for one in chosen:
            label = f"{one.condition} {one.truth.bravais_lattice}"
            clock.take()
            clock.calls.clear()
            solutions[label] = search(one.peaks)
            seconds = clock.take()
            print(f"{label:16} {'whole':28} {sum(seconds.values()):7.2f}")
            for part, value in sorted(seconds.items(), key=lambda item: -item[1]):
                print(f"{label:16} {part:28} {value:7.2f} {clock.calls[part]:5d}", flush=True)
    for file in output:
        with open(file, "w") as stream:
            json.dump(solutions, stream, indent=1, default=float)


if __name__ == "__main__":
    main()
