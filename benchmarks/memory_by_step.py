"""What every step of a batch asks of the memory of the one process that does it (Linux).

    python benchmarks/memory_by_step.py [--patterns 30] [--effort quick]

For each pattern of a batch of mixed ones: resident MB after it, once what is free has been returned, and the largest
while it was done. Then, for each kind of step: how much the process grew by all of them, by the first, and how far it
rose above its size in one.
"""

from __future__ import annotations

import argparse
import ctypes
from collections import defaultdict
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
from mlindex_plugin.algorithms.batch import name_patterns, run_batch, timed_unit
from mlindex_plugin.algorithms.parallel import Interruption, Workers
from mlindex_plugin.algorithms.parallel.pool import InProcess


class WatchingPool(InProcess):
    """One worker, this process, that notes the memory of each task of a batch.

    Attributes
    ----------
    steps : dict of str to list of (float, float)
        Growth, and largest rise above the size before, in MB, by kind of step.
    largest : float
        Resident MB since it was last set to zero.
    """

    def __init__(self):
        super().__init__()
        self.steps = defaultdict(list)
        self.largest = 0.0

    def wait(self):
        function, arguments = self._task
        name = "run_unit" if function is timed_unit else arguments[0].__name__
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        before = resident("VmRSS")
        replies = super().wait()
        peak = resident("VmHWM")
        self.steps[name].append((resident("VmRSS") - before, peak - before))
        self.largest = max(self.largest, peak)
        return replies


def resident(name: str) -> float:
    """``VmRSS`` or ``VmHWM`` of this process in MB (2²⁰ bytes)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def watch(files: list[str], folder: Path, effort: str) -> None:
    """Search the patterns of a batch and print the figures."""
    pool, libc = WatchingPool(), ctypes.CDLL(None)
    print(f"at the start {resident('VmRSS'):.0f} MB\n\n{'pattern':12} {'after/MB':>9} {'largest/MB':>11}")

    def tell(_n, row, _searched):
        libc.malloc_trim(0)
        print(f"{row.name:12} {resident('VmRSS'):9.0f} {pool.largest:11.0f}", flush=True)
        pool.largest = 0.0

    with Workers(pool=pool) as workers, Interruption() as interruption:
        run_batch(name_patterns(files), folder, f"search.effort={effort}", None, workers, interruption, tell)
    print(f"\n{'step':12} {'number':>7} {'growth/MB':>10} {'of the first':>13} {'largest rise':>13}")
    for name, steps in pool.steps.items():
        growth, rise = zip(*steps, strict=True)
        print(f"{name:12} {len(steps):7} {sum(growth):10.1f} {growth[0]:13.1f} {max(rise):13.1f}")


def _write(folder: Path, n: int) -> None:
    """In a process of its own: to simulate needs modules that a search does not."""
    from mixed_patterns import write_mixed_patterns

    write_mixed_patterns(folder, n)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patterns", type=int, default=30)
    parser.add_argument("--effort", default="quick", choices=("quick", "normal", "thorough"))
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        process = get_context("fork").Process(target=_write, args=(folder, options.patterns))
        process.start()
        process.join()
        watch(sorted(map(str, folder.glob("*.xy"))), folder, options.effort)


if __name__ == "__main__":
    main()
