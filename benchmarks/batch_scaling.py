"""How a batch of mixed patterns scales with processes: time, processor time, memory, files; part of ``make bench``.

    python benchmarks/batch_scaling.py                        # 28 patterns, a quarter of the candidates
    python benchmarks/batch_scaling.py --patterns 200 --pairs 1

Every run is the real command on the same patterns. Wall-clock ratios mean something on a quiet machine only. On any
machine holds the processor time: of all processes together, of the first, and of the busiest. "at most" is how many
times faster than one process the run would be with a core for each.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
from mixed_patterns import write_mixed_patterns
from surroundings import write_result

COMMAND = Path(sys.executable).with_name("dials.mlindex_powder")
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
LOOK = 0.25  # s between two looks at the processes
CASES = [("processes", 2), ("processes", 4)]
MPI = ("mpirun", "--allow-run-as-root", "--oversubscribe", "-n")


@dataclass(frozen=True)
class Run:
    """One run of the command.

    Attributes
    ----------
    kind : str
        ``processes`` or ``ranks``.
    n : int
        Of them; the first of several ranks only hands out work.
    wall, processor : float
        Time in s, of all processes together.
    busiest, first : float
        Processor time in s of the worker that worked most, and of the process that hands out work.
    megabytes : float
        Largest resident size of a process.
    """

    kind: str
    n: int
    wall: float
    processor: float
    busiest: float
    first: float
    megabytes: float

    @property
    def shortest(self) -> float:
        """Time in s that this takes, by its processor times alone, with a core for each process."""
        if self.n == 1:
            return self.processor
        # processes are forked when the first has started; ranks start together
        return self.first + self.busiest if self.kind == "processes" else max(self.first, self.busiest)


def run(kind: str, n: int, folder: Path, effort: str) -> Run:
    """Run the command on the patterns of a folder."""
    with TemporaryDirectory(dir=folder) as out:
        launcher = (*MPI, str(n)) if kind == "ranks" else ()
        method = "mp.method=mpi" if kind == "ranks" else f"mp.nproc={n}"
        options = (f"search.effort={effort}", f"output.directory={out}", method)
        begin = time.perf_counter()
        command = [*launcher, COMMAND, f"input.file_list={folder / 'list.txt'}", *options]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        seen: dict[int, list] = {}
        while process.poll() is None:
            _look(process.pid, seen)
            time.sleep(LOOK)
        wall = time.perf_counter() - begin
        if process.returncode:
            sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return _summary(kind, n, wall, seen)


def _look(root: int, seen: dict[int, list]) -> None:
    """Processor time in s and resident MB of a process and all below it, by process number; the largest seen."""
    for pid in _below(root):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            continue  # has ended
        seconds, megabytes = (int(fields[11]) + int(fields[12])) / TICK, int(fields[21]) * PAGE / 2**20
        before = seen.get(pid, [0.0, 0.0, name])
        seen[pid] = [max(seconds, before[0]), max(megabytes, before[1]), name]


def _below(root: int) -> list[int]:
    try:
        children = Path(f"/proc/{root}/task/{root}/children").read_text().split()
    except OSError:
        return []
    return [root, *(pid for child in children for pid in _below(int(child)))]


def _summary(kind: str, n: int, wall: float, seen: dict[int, list]) -> Run:
    ours = [values for _, values in sorted(seen.items()) if values[2] not in ("mpirun", "orted")]
    seconds = [values[0] for values in ours]
    workers = seconds[1:] or seconds
    return Run(kind, n, wall, sum(seconds), max(workers), seconds[0], max(values[1] for values in ours))


def measure(n_patterns: int, effort: str, n_pairs: int, cases: list[tuple[str, int]]) -> dict[str, float]:
    """Print and return the figures, ``batch.<kind>_<n>.<what>``.

    Parameters
    ----------
    n_patterns : int
    effort : str
        ``search.effort``.
    n_pairs : int
        Each case is run so many times, in turn with one process; medians of the ratios.
    cases : list of (str, int)
        Kind and number of processes.
    """
    results: dict[str, float] = {"batch.patterns": n_patterns}
    print(f"\n{'batch':14} {'wall/s':>8} {'processor/s':>12} {'first/s':>8} {'MB':>6} {'speed-up':>9} {'at most':>8}")
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = write_mixed_patterns(folder, n_patterns)
        (folder / "list.txt").write_text("".join(f"{file}\n" for file in files))
        runs: dict[tuple[str, int], list[Run]] = {case: [] for case in [("processes", 1), *cases]}
        for _ in range(n_pairs):
            for case in runs:
                runs[case].append(run(*case, folder, effort))
                one = runs[case][-1]
                alone = runs["processes", 1][-1]
                print(
                    f"{f'{one.kind} {one.n}':14} {one.wall:8.1f} {one.processor:12.1f} {one.first:8.1f} "
                    f"{one.megabytes:6.0f} {alone.wall / one.wall:9.2f} {alone.processor / one.shortest:8.2f}",
                    flush=True,
                )
    singles = runs["processes", 1]
    for (kind, n), several in runs.items():
        key = f"batch.{kind}_{n}"
        for name in asdict(several[0]):
            if name not in ("kind", "n"):
                results[f"{key}.{name}"] = statistics.median(getattr(one, name) for one in several)
        pairs = list(zip(singles, several, strict=True))
        results[f"{key}.speed_up"] = statistics.median(one.wall / other.wall for one, other in pairs)
        results[f"{key}.at_most"] = statistics.median(one.processor / other.shortest for one, other in pairs)
    return results


def _case(text: str) -> tuple[str, int]:
    kind, _, number = text.partition(":")
    if kind not in ("processes", "ranks") or not number.isdecimal():
        raise argparse.ArgumentTypeError(f"{text}: give processes:N or ranks:N")
    return kind, int(number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patterns", type=int, default=28)
    parser.add_argument("--effort", default="quick", choices=("quick", "normal", "thorough"))
    parser.add_argument("--pairs", type=int, default=1)
    parser.add_argument("--cases", nargs="+", type=_case, default=CASES)
    options = parser.parse_args()
    results = measure(options.patterns, options.effort, options.pairs, options.cases)
    write_result("batch_scaling", results)


if __name__ == "__main__":
    main()
