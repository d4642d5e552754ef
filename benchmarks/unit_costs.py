"""What every step of a batch costs, in processor time and in bytes of messages, recorded pattern by pattern.

    python benchmarks/unit_costs.py [--patterns 28] [--effort normal]

Searches mixed patterns in one process, prints milliseconds a candidate of every lattice (the table in
`search/cost.py`) and writes build/unit_costs.json for `schedule_simulation.py`.
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

from mlindex_plugin.algorithms.batch import name_patterns, run_batch
from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.parallel import Interruption, Workers
from mlindex_plugin.algorithms.parallel.pool import InProcess
from mlindex_plugin.whole_files import write_text

RECORD = Path(__file__).resolve().parent.parent / "build" / "unit_costs.json"


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
        inner, *rest = arguments
        begin = time.process_time()
        replies = super().wait()
        step = {"step": inner.__name__, "seconds": time.process_time() - begin}
        step |= {"sent": len(pickle.dumps((function, arguments))), "back": len(pickle.dumps(replies))}
        if inner.__name__ == "run_unit":
            unit, observed = rest
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
    """Print medians: ms a candidate by lattice and number of peaks, s of the other steps."""
    units, others = defaultdict(list), defaultdict(list)
    for step in steps:
        if step["step"] == "run_unit":
            units[step["symbol"], step["n_peaks"] > 20].append(1e3 * step["seconds"] / step["n"])
        else:
            others[step["step"]].append(step["seconds"])
    print(f"\n{'lattice':8} {'parameters':>10} {'ms a candidate, up to 20 peaks':>32} {'more':>8}")
    for symbol, lattice in LATTICES.items():
        few, many = (units.get((symbol, more)) for more in (False, True))
        figures = [f"{statistics.median(values):.3f}" if values else "" for values in (few, many)]
        print(f"{symbol:8} {lattice.n_free:10} {figures[0]:>32} {figures[1]:>8}")
    for name, seconds in others.items():
        print(f"{name:10} {len(seconds):6} times, median {statistics.median(seconds):.3f} s, all {sum(seconds):.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patterns", type=int, default=28)
    parser.add_argument("--effort", default="normal", choices=("quick", "normal", "thorough"))
    options = parser.parse_args()
    steps = record(options.patterns, options.effort)
    show(steps)
    RECORD.parent.mkdir(exist_ok=True)
    write_text(RECORD, json.dumps({"effort": options.effort, "steps": steps}) + "\n")


if __name__ == "__main__":
    main()
