"""Speed and memory of the generators, part of ``make bench``.

Seconds for 10,000 candidates of each lattice on one core with its models loaded, seconds to load the models of all
lattices, and the peak memory of the command's largest process.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np

from mlindex_plugin.algorithms.generators import load_ensemble
from mlindex_plugin.algorithms.lattice import LATTICES

N_CANDIDATES = 10_000
REPEATS = 5
Q2 = np.linspace(0.006, 0.09, 20) ** 1.1  # 1/Å²
_LOAD = """
import json, time
import mlindex_plugin
from mlindex_plugin.algorithms.generators import load_ensemble
from mlindex_plugin.algorithms.lattice import LATTICES
start = time.perf_counter()
for symbol in LATTICES:
    load_ensemble(symbol)
print(json.dumps(time.perf_counter() - start))
"""


def generation_seconds(symbol: str) -> float:
    """Median processor time of 10,000 candidates; what is compiled or built at the first call is not counted."""
    ensemble = load_ensemble(symbol)
    q2 = Q2[:10] if LATTICES[symbol].system == "cubic" else Q2
    ensemble.generate(q2, N_CANDIDATES, np.random.default_rng(0))
    seconds = []
    for seed in range(1, REPEATS + 1):
        begin = time.process_time()
        ensemble.generate(q2, N_CANDIDATES, np.random.default_rng(seed))
        seconds.append(time.process_time() - begin)
    return statistics.median(seconds)


def loading_seconds() -> float:
    """Wall-clock seconds to load the models of all lattices in a new process, modules included."""
    run = [sys.executable, "-c", _LOAD]
    return statistics.median(
        json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout) for _ in range(REPEATS)
    )


def peak_megabytes() -> float:
    """Largest resident size of a process of a search of all lattices, MB."""
    command = Path(sys.executable).with_name("dials.mlindex_powder")
    with TemporaryDirectory() as folder:
        peaks = Path(folder) / "peaks.txt"
        peaks.write_text("q2\n" + "\n".join(f"{q:.8f}" for q in Q2) + "\n")
        subprocess.run([command, peaks, f"output.directory={folder}/out"], check=True, stdout=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def measure() -> dict[str, float]:
    """Print and return ``generate.<lattice>.seconds``, ``generate.load_all.seconds`` and ``generate.peak_MB``."""
    results = {}
    print(f"\n{'generate':12} {'seconds for 10,000 candidates':>30}")
    for symbol in LATTICES:
        results[f"generate.{symbol}.seconds"] = generation_seconds(symbol)
        print(f"{symbol:12} {results[f'generate.{symbol}.seconds']:30.3f}", flush=True)
    results["generate.load_all.seconds"] = loading_seconds()
    results["generate.peak_MB"] = peak_megabytes()
    print(f"{'load all':12} {results['generate.load_all.seconds']:30.2f}")
    print(f"{'peak MB':12} {results['generate.peak_MB']:30.0f}", flush=True)
    return results


if __name__ == "__main__":
    measure()
