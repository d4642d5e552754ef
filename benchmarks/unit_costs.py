"""What every step of a batch costs, in processor time and in bytes of messages, recorded pattern by pattern.

    python benchmarks/unit_costs.py [--patterns 28] [--effort normal]

Searches mixed patterns in one process, prints what units of every lattice (the figures in `search/cost.py`), the other
steps and messages cost, and writes build/unit_costs.json for `schedule_simulation.py`.
"""

from __future__ import annotations

import argparse
import json
import pickle
import statistics
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
from mixed_patterns import write_mixed_patterns
from surroundings import BUILD

from mlindex_plugin.algorithms.batch import name_patterns, run_batch, timed_unit
from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.parallel import Interruption, Workers
from mlindex_plugin.algorithms.parallel.pool import InProcess
from mlindex_plugin.whole_files import write_text

RECORD = BUILD / "unit_costs.json"


class RecordingPool(InProcess):
    """One worker, this process, that notes what each task of a batch costs.

    Attributes
    ----------
    steps : list of dict
        Step, pattern, processor time in s, bytes of the task and of its reply; of a unit also what it searched.
    """

    def __init__(self):
        super().__init__()
        self.steps = []

    def wait(self):
        function, arguments = self._task
        name = "run_unit" if function is timed_unit else arguments[0].__name__
        begin = time.process_time()
        replies = super().wait()
        step = {"step": name, "seconds": time.process_time() - begin}
        step |= {"sent": len(pickle.dumps((function, arguments))), "back": len(pickle.dumps(replies))}
        if name == "run_unit":
            unit, observed = arguments
            step |= {"symbol": unit.symbol, "block": unit.block, "n": unit.n_candidates, "n_peaks": len(observed.q2)}
        self.steps.append(step)
        return replies


class RecordingWorkers(Workers):
    """Workers that tell the pool whose pattern a task is."""

    def __init__(self, pool: RecordingPool):
        super().__init__(pool=pool)
        self._record = pool.steps

    def completed(self):
        n = 0
        for key, outcome in super().completed():
            self._record[n]["pattern"] = key[0]
            n += 1
            yield key, outcome


def record(n_patterns: int, effort: str) -> list[dict]:
    """The steps of a batch, in the order in which they were done."""
    pool = RecordingPool()
    with TemporaryDirectory() as name:
        files = write_mixed_patterns(Path(name), n_patterns)
        diff = f"search.effort={effort}\n"

        def tell(n_done: int, row, searched: bool) -> None:
            print(f"[{n_done}/{n_patterns}] {row.name} {row.lattice} {row.seconds:.1f} s", flush=True)

        with RecordingWorkers(pool) as workers, Interruption() as interruption:
            run_batch(name_patterns(list(map(str, files))), Path(name), diff, None, workers, interruption, tell)
    return pool.steps


def show(steps: list[dict]) -> None:
    """Print medians: of the units of each lattice by block, candidates and number of peaks; of the other steps."""
    units, others = defaultdict(list), defaultdict(list)
    for step in steps:
        if step["step"] == "run_unit":
            units[step["symbol"], step["block"] == 0, step["n"], step["n_peaks"] > 20].append(step["seconds"])
        else:
            others[step["step"]].append(step["seconds"])
    print(f"\n{'lattice':8} {'parameters':>10} {'block':>6} {'candidates':>11} {'peaks':>6} {'units':>6} {'s':>6}")
    for (symbol, first, n, many), seconds in sorted(
        units.items(), key=lambda one: (list(LATTICES).index(one[0][0]), one)
    ):
        block, peaks = "first" if first else "later", "> 20" if many else "<= 20"
        print(
            f"{symbol:8} {LATTICES[symbol].n_free:10} {block:>6} {n:11} {peaks:>6} {len(seconds):6} "
            f"{statistics.median(seconds):6.3f}"
        )
    seconds = [value for values in units.values() for value in values]
    print(f"{'units':10} {len(seconds):6} times, median {statistics.median(seconds):.3f} s, all {sum(seconds):.1f} s")
    for name, seconds in others.items():
        print(f"{name:10} {len(seconds):6} times, median {statistics.median(seconds):.3f} s, all {sum(seconds):.1f} s")


def _echo(number: int, content: bytes) -> bytes:
    return content


def message_costs(n: int = 400) -> tuple[float, float]:
    """Processor time in s of the first process for a task, and for a byte of task or reply, through pipes."""
    seconds = []
    for size in (1000, 200_000):
        with Workers(2) as workers:
            list(workers.run(_echo, [0, 1], b"x" * size))
            begin = time.process_time()
            list(workers.run(_echo, list(range(n)), b"x" * size))
            seconds.append((time.process_time() - begin) / n)
    per_byte = (seconds[1] - seconds[0]) / (2 * 199_000)
    return seconds[0] - 2000 * per_byte, per_byte


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patterns", type=int, default=28)
    parser.add_argument("--effort", default="normal", choices=("quick", "normal", "thorough"))
    options = parser.parse_args()
    steps = record(options.patterns, options.effort)
    show(steps)
    print("messages: {:.2g} s a task, {:.2g} s a byte".format(*message_costs()))
    BUILD.mkdir(exist_ok=True)
    write_text(RECORD, json.dumps({"effort": options.effort, "steps": steps}) + "\n")


if __name__ == "__main__":
    main()
