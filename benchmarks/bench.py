"""Speed, as ``make bench`` prints it: the kernel against a plain one in the same run, whole searches, the simulation.

Writes build/bench.json: ``kernel.<lattice>_<peaks>`` in candidate-iterations per second and core, each with the plain
reference kernel's figure beside it where there is one; ``search.<name>.seconds`` of whole commands, start-up
included; ``generate.<what>`` of `generator_speed`, ``simulate.<what>`` of `simulation_speed`, and ``batch.<what>`` of
`batch_scaling` with 28 patterns (``--patterns 200`` for the figures of docs/scaling.md).
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import batch_scaling
import generator_speed
import numpy as np
import reference_kernel
import simulation_speed
from surroundings import write_result

from mlindex_plugin.algorithms.generators import RandomCells
from mlindex_plugin.algorithms.lattice import LATTICES, free_xnn, lattice_table
from mlindex_plugin.algorithms.search import Observed, optimise

REPEATS = 5
N_ITERATIONS = 100
KERNEL_CELLS = {"aP": (8.1, 9.6, 13.4, 95.0, 101.0, 107.0), "mP": (8.1, 9.6, 13.4, 90.0, 103.0, 90.0)}
# Five fixed inputs: lattice, cell in the setting of the search, lines.
SEARCHES = {
    "cF_10": ("cF", (5.64, 5.64, 5.64, 90, 90, 90), 10),
    "hP_20": ("hP", (9.42, 9.42, 6.88, 90, 90, 120), 20),
    "oP_20": ("oP", (6.96, 8.48, 5.40, 90, 90, 90), 20),
    "mP_40": ("mP", (24.68, 15.36, 4.46, 90, 95.1, 90), 40),
    "aP_20": ("aP", (7.1, 8.9, 11.2, 96.0, 104.0, 99.0), 20),
}


def lines_of(symbol: str, cell, n: int) -> np.ndarray:
    """The lowest n lines of a cell, 1/Å²."""
    x = free_xnn(LATTICES[symbol], np.array(cell, float))
    limit = 0.01
    while True:
        lines, _ = lattice_table(symbol).lines(x, limit, 20_000)
        distinct = np.unique(np.round(lines, 9))
        if len(distinct) >= n:
            return distinct[:n]
        limit *= 1.5


def kernel_peaks(symbol: str, n_peaks: int, rng: np.random.Generator) -> Observed:
    """Peaks drawn from the lowest lines of the fixed cell of a lattice, with errors of 2e-4 in q."""
    lines = lines_of(symbol, KERNEL_CELLS[symbol], n_peaks + n_peaks // 5)
    q2 = np.sort(rng.choice(lines, n_peaks, replace=False))
    return Observed(q2, 2e-4 * np.sqrt(q2), False, np.empty(0))


def kernel_rates(symbol: str, n_peaks: int) -> dict[str, float]:
    """Candidate-iterations per second: ours and, for triclinic, the plain kernel's, in turn; medians."""
    rng = np.random.default_rng(0)
    observed = kernel_peaks(symbol, n_peaks, rng)
    q2 = observed.q2
    start = RandomCells(symbol).generate(q2, 2000, rng)
    table = lattice_table(symbol)
    design = reference_kernel.fixed_reflections()

    def ours(candidates):
        return optimise(table, candidates, observed, N_ITERATIONS, 1, N_ITERATIONS)[2]

    def plain(candidates):
        reference_kernel.run(design, candidates, q2, N_ITERATIONS, 1)
        return len(candidates) * N_ITERATIONS

    kernels = {"ours": (ours, start[:1500])}
    if symbol == "aP":
        kernels["reference"] = (plain, start[:400])
    rates = {name: [] for name in kernels}
    for function, candidates in kernels.values():
        function(candidates[:2])
    for _ in range(REPEATS):
        for name, (function, candidates) in kernels.items():
            begin = time.process_time()
            done = function(candidates)
            rates[name].append(done / (time.process_time() - begin))
    result = {name: statistics.median(values) for name, values in rates.items()}
    if symbol == "aP":
        result["ratio"] = statistics.median(a / b for a, b in zip(*rates.values(), strict=True))
    return result


def search_seconds(name: str) -> float:
    """Wall-clock seconds of the whole command on a fixed peak list."""
    symbol, cell, n = SEARCHES[name]
    command = Path(sys.executable).with_name("dials.mlindex_powder")
    with TemporaryDirectory() as folder:
        peaks = Path(folder) / "peaks.txt"
        peaks.write_text("q2\n" + "\n".join(f"{q:.8f}" for q in lines_of(symbol, cell, n)) + "\n")
        begin = time.perf_counter()
        subprocess.run([command, peaks, f"output.directory={folder}/out"], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patterns", type=int, default=28, help="of the batch; 0 leaves it out")
    n_patterns = parser.parse_args().patterns
    results = {}
    print(f"{'kernel':12} {'candidate-iterations/s/core':>28} {'plain reference':>16} {'ratio':>6}")
    for symbol in KERNEL_CELLS:
        for n_peaks in (20, 40):
            rates = kernel_rates(symbol, n_peaks)
            key = f"kernel.{symbol}_{n_peaks}"
            results[key] = rates["ours"]
            line = f"{symbol}_{n_peaks:<9} {rates['ours']:28,.0f}"
            if "reference" in rates:
                results[f"{key}.reference"] = rates["reference"]
                results[f"{key}.ratio"] = rates["ratio"]
                line += f" {rates['reference']:16,.0f} {rates['ratio']:6.2f}"
            print(line, flush=True)
    print(f"\n{'search':12} {'seconds, start-up included':>28}")
    for name in SEARCHES:
        results[f"search.{name}.seconds"] = search_seconds(name)
        print(f"{name:12} {results[f'search.{name}.seconds']:28.1f}", flush=True)
    results |= generator_speed.measure()
    results |= simulation_speed.measure()
    if n_patterns:
        results |= batch_scaling.measure(n_patterns, "quick", 1, batch_scaling.CASES)
    write_result("bench", results)


if __name__ == "__main__":
    main()
