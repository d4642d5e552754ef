"""How a batch would run on more processors than there are here: the real scheduler with simulated workers.

    python benchmarks/unit_costs.py                     # once: records what every step costs
    python benchmarks/schedule_simulation.py [--cores 10 100 1000 10000] [--patterns 1 100 10000]

`Workers` and `run_batch` are those of the program. Only their pool is simulated: a clock takes the place of the work,
each step lasts as long as it did in the record, and every message costs the process that hands out work some time, so
that it can become the bottleneck. Patterns are drawn from the recorded ones. The time that the scheduler's own code
takes is measured while it runs. Peak memory of the first process is measured too.
"""

from __future__ import annotations

import argparse
import heapq
import json
import resource
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np
from surroundings import BUILD, write_result

from mlindex_plugin.algorithms.batch import run_batch, timed_unit
from mlindex_plugin.algorithms.batch.patterns import Pattern
from mlindex_plugin.algorithms.batch.row import DONE, Row
from mlindex_plugin.algorithms.parallel import Interruption, Workers
from mlindex_plugin.algorithms.parallel.pool import Outcome
from mlindex_plugin.algorithms.search import Unit, run_unit

CORES, PATTERNS = (10, 100, 1000, 10_000), (1, 100, 10_000)
# s of the first process for each task, beside the scheduler's own: to pickle, send, receive and unpickle; and s for
# each byte. Measured with pipes: `benchmarks/unit_costs.py` prints both.
PER_TASK, PER_BYTE = 4e-5, 8e-10


@dataclass(frozen=True)
class Trace:
    """One recorded pattern: the steps before, between and after its rounds, and the units of each round."""

    begin: dict
    rounds: tuple[tuple[dict, ...], ...]
    advances: tuple[dict, ...]
    finish: dict

    @property
    def seconds(self) -> float:
        """Processor time of all its steps."""
        units = sum(step["seconds"] for of_round in self.rounds for step in of_round)
        return self.begin["seconds"] + units + sum(s["seconds"] for s in self.advances) + self.finish["seconds"]

    @property
    def longest(self) -> float:
        """Time with as many processors as one likes: a round lasts as long as its longest unit."""
        units = sum(max(step["seconds"] for step in of_round) for of_round in self.rounds)
        return self.begin["seconds"] + units + sum(s["seconds"] for s in self.advances) + self.finish["seconds"]

    @property
    def n_tasks(self) -> int:
        """Tasks handed out."""
        return 2 + sum(map(len, self.rounds)) + len(self.advances)


def traces(steps: list[dict]) -> list[Trace]:
    """The patterns of a record that were searched."""
    by_pattern = defaultdict(list)
    for step in steps:
        by_pattern[step["pattern"]].append(step)
    found = []
    for of_pattern in by_pattern.values():
        rounds, advances, units = [], [], []
        for step in of_pattern:
            if step["step"] == "run_unit":
                units.append(step)
            elif step["step"] == "advance":
                rounds.append(tuple(units))
                advances.append(step)
                units = []
        if of_pattern[-1]["step"] == "finish":
            found.append(Trace(of_pattern[0], tuple(rounds), tuple(advances), of_pattern[-1]))
    return found


class SimulatedRounds:
    """Stands for `Rounds`: the units of a recorded pattern, round by round."""

    stopped = None

    def __init__(self, trace: Trace):
        self.trace, self.number = trace, 0

    @property
    def observed(self) -> tuple[dict, ...]:
        """In the place of the peaks that every unit is handed: the record of the round."""
        return self.trace.rounds[self.number]

    @property
    def units(self) -> list[Unit]:
        if self.number == len(self.trace.rounds):
            return []
        steps = self.observed
        # the seed tells the pool which unit of the round this is
        return [Unit(step["symbol"], step["block"], step["n"], i, 0.0) for i, step in enumerate(steps)]

    def lost(self, n_units: int) -> None:
        """No worker dies here."""


class SimulatedTask:
    """Stands for `Task`."""

    def __init__(self, pattern: Pattern, trace: Trace):
        self.pattern, self.trace, self.rounds = pattern, trace, SimulatedRounds(trace)


class SimulatedPool:
    """Workers that take the time of the record, on a clock of their own.

    Parameters
    ----------
    size : int
    choice : numpy.ndarray of int
        Recorded pattern that each pattern of the batch repeats.
    recorded : list of Trace

    Attributes
    ----------
    clock : float
        Of the process that hands out work, s.
    handling, work : float
        Time in s that this process, and that the workers have been at work.
    most_open : int
        Patterns begun and not finished at the same time, at most.
    """

    def __init__(self, size: int, choice: np.ndarray, recorded: list[Trace]):
        self.size, self._choice, self._recorded = size, choice, recorded
        self.clock = self.handling = self.work = 0.0
        self.n_tasks = self.most_open = self._open = 0
        self._running: list[tuple] = []

    def start(self) -> list[int]:
        self._since = time.process_time()
        return list(range(self.size))

    def send(self, worker: int, function, arguments: tuple) -> None:
        step, value = self._step(run_unit, *arguments) if function is timed_unit else self._step(*arguments)
        self._handle(step["sent"])
        self.work += step["seconds"]
        self.n_tasks += 1
        heapq.heappush(
            self._running, (self.clock + step["seconds"], self.n_tasks, worker, value, step["seconds"], step["back"])
        )

    def wait(self) -> list[tuple[int, Outcome]]:
        self._scheduled()
        end, _, worker, value, seconds, size = heapq.heappop(self._running)
        self.clock = max(self.clock, end)
        self._handle(size)
        return [(worker, Outcome((value, seconds)))]

    def stop(self) -> None:
        pass

    def _handle(self, size: int) -> None:
        seconds = PER_TASK / 2 + PER_BYTE * size
        self.clock += seconds
        self.handling += seconds

    def _scheduled(self) -> None:
        """Add the time that the scheduler's own code has really taken since the last message."""
        now = time.process_time()
        self.clock += now - self._since
        self.handling += now - self._since
        self._since = now

    def _step(self, function, *arguments) -> tuple[dict, object]:
        """The record of a step and what it gives."""
        name = function.__name__
        if name == "begin":
            self._open += 1
            self.most_open = max(self.most_open, self._open)
            trace = self._recorded[self._choice[arguments[0].number]]
            return trace.begin, SimulatedTask(arguments[0], trace)
        if name == "run_unit":
            unit, of_round = arguments
            return of_round[unit.seed], None
        if name == "advance":
            rounds = arguments[0]
            step = rounds.trace.advances[rounds.number]
            rounds.number += 1
            return step, rounds
        self._open -= 1
        task = arguments[0]
        return task.trace.finish, Row(task.pattern.name, task.pattern.file, DONE)


def simulate(n_cores: int, n_patterns: int, recorded: list[Trace], seed: int = 0) -> dict[str, float]:
    """Run a batch on simulated cores, of which the first only hands out work where there are several.

    Returns
    -------
    dict
        ``wall`` in s, ``efficiency`` (work over cores times wall), ``first`` (share of the time that the first process
        is at work), ``seconds_per_task`` of the first process, ``open`` (patterns at the same time, at most), and
        ``megabytes`` of the first process, to which its open patterns are added as large as their messages.
    """
    choice = np.random.default_rng(seed).integers(len(recorded), size=n_patterns)
    pool = SimulatedPool(n_cores, choice, recorded)
    pattern = np.mean([trace.finish["sent"] for trace in recorded])
    patterns = [Pattern(i, f"p{i}", f"p{i}") for i in range(n_patterns)]
    with Workers(pool=pool) as workers, Interruption() as interruption:
        run_batch(patterns, Path(), "", None, workers, interruption, lambda n, row, searched: None)
    return {
        "wall": pool.clock,
        "efficiency": pool.work / (n_cores * pool.clock),
        "first": pool.handling / pool.clock,
        "seconds_per_task": pool.handling / pool.n_tasks,
        "open": pool.most_open,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + pool.most_open * pattern / 2**20,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", type=Path, default=BUILD / "unit_costs.json")
    parser.add_argument("--cores", type=int, nargs="+", default=CORES)
    parser.add_argument("--patterns", type=int, nargs="+", default=PATTERNS)
    parser.add_argument("--one", action="store_true", help="print one case as JSON and nothing else")
    options = parser.parse_args()
    recorded = traces(json.loads(options.record.read_text())["steps"])
    if options.one:
        print(json.dumps(simulate(options.cores[0], options.patterns[0], recorded)))
        return
    seconds = [trace.seconds for trace in recorded]
    print(
        f"{len(recorded)} recorded patterns: {np.mean(seconds):.1f} s of work on average ({max(seconds):.1f} at most), "
        f"{np.mean([trace.longest for trace in recorded]):.1f} s on unlimited cores, "
        f"{np.mean([trace.n_tasks for trace in recorded]):.0f} tasks"
    )
    names = ("cores", "patterns", "wall/s", "efficiency", "first", "us/task", "open", "MB")
    print("\n{:>6} {:>9} {:>10} {:>11} {:>6} {:>8} {:>6} {:>6}".format(*names))
    rows = []
    for n_cores in options.cores:
        for n_patterns in options.patterns:
            case = ["--record", options.record, "--cores", str(n_cores), "--patterns", str(n_patterns), "--one"]
            # a process of its own, for its memory
            output = subprocess.run(
                [sys.executable, __file__, *case], check=True, capture_output=True, text=True
            ).stdout
            row = {"cores": n_cores, "patterns": n_patterns, **json.loads(output)}
            rows.append(row)
            print(
                f"{n_cores:6} {n_patterns:9} {row['wall']:10.1f} {row['efficiency']:11.2f} {row['first']:6.2f} "
                f"{1e6 * row['seconds_per_task']:8.0f} {row['open']:6} {row['megabytes']:6.0f}",
                flush=True,
            )
    write_result("schedule_simulation", rows)


if __name__ == "__main__":
    main()
