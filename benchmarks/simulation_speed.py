"""Speed and memory of the simulation; ``make bench`` prints it with the rest.

.venv/bin/python benchmarks/simulation_speed.py
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np

from mlindex_plugin.algorithms.simulate import (
    StillsConditions,
    crystal_reflections,
    experiment_preset,
    random_structure,
    simulate_peak_list,
    simulate_spots,
    square_detector,
    write_spots,
)
from mlindex_plugin.algorithms.simulate.entry import Lines
from mlindex_plugin.algorithms.simulate.experiment import simulate_peaks, stack_lines
from mlindex_plugin.algorithms.simulate.synthetic import synthetic_entries, synthetic_structures
from mlindex_plugin.algorithms.simulate.whole_pattern import pattern_preset, simulate_patterns

N_PEAK_LISTS = 1000
N_PATTERNS = 500
N_ERROR_LISTS = 500  # at once, and one by one
N_LINES = 60  # of each
N_SHOTS = 10_000
N_WARM = 20  # compile and fill the tables of the commonest space groups
MITHRENE = (5.93, 7.32, 29.2, 90, 95.4, 90)
STILLS = StillsConditions(crystals_per_shot=6, photons=130)  # 4 to 10 spots a shot


def peak_lists_per_second() -> float:
    """Entries of molecular crystals, structure factors to the last line included, on one core."""
    return _rate(synthetic_entries("molecular", np.random.default_rng(0)), N_PEAK_LISTS)


def error_lists_per_second() -> float:
    """Peak lists with the errors of the laboratory preset, made of lines that are there, many at once, one core."""
    lines, rng = _lines(), np.random.default_rng(1)
    stacked, preset = stack_lines([lines] * N_ERROR_LISTS), experiment_preset("laboratory")
    batches = iter(lambda: simulate_peaks(stacked, preset.draw(N_ERROR_LISTS, rng), rng), None)
    return N_ERROR_LISTS * _rate(batches, 10)


def single_error_lists_per_second() -> float:
    """The same, one by one."""
    lines, rng, preset = _lines(), np.random.default_rng(1), experiment_preset("laboratory")
    return _rate(iter(lambda: simulate_peak_list(lines, preset, rng), None), N_ERROR_LISTS)


def _lines() -> Lines:
    """Allowed lines of a molecular crystal."""
    allowed = next(synthetic_entries("molecular", np.random.default_rng(0))).allowed
    return Lines(*(values[:N_LINES] for values in (allowed.q2, allowed.hkl, allowed.intensity)))


def whole_patterns_per_second() -> float:
    """Laboratory patterns with an impurity, of molecular crystals: crystal, structure factors and profile, one core."""
    structures = synthetic_structures("molecular", np.random.default_rng(0))
    return _rate(simulate_patterns(structures, pattern_preset("laboratory"), np.random.default_rng(1)), N_PATTERNS)


def stills_per_minute() -> float:
    """Shots of a layered cell, from the cell to the files."""
    with TemporaryDirectory() as folder:
        _write_stills(folder, 100)
        begin = time.perf_counter()
        _write_stills(folder, N_SHOTS)
        return 60 * N_SHOTS / (time.perf_counter() - begin)


def memory_growth_mb() -> float:
    """Growth of a process from N_PEAK_LISTS to five times as many peak lists (Linux)."""
    command = [sys.executable, __file__, "--memory"]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure() -> dict[str, float]:
    """All, printed as they come."""
    results = {}
    print(f"\n{'simulation':36} {'':>10}")
    for function in (
        peak_lists_per_second,
        error_lists_per_second,
        single_error_lists_per_second,
        whole_patterns_per_second,
        stills_per_minute,
        memory_growth_mb,
    ):
        name = f"simulate.{function.__name__}"
        results[name] = function()
        print(f"{name:36} {results[name]:10,.1f}", flush=True)
    return results


def _rate(stream, n: int) -> float:
    """Items per second of processor time, after a few to warm up."""
    for _ in islice(stream, N_WARM):
        pass
    begin = time.process_time()
    for _ in islice(stream, n):
        pass
    return n / (time.process_time() - begin)


def _write_stills(folder: str, n_shots: int) -> None:
    detector = square_detector(165.0, 0.15, 1024, STILLS.wavelength)
    d_min = detector.get_max_resolution((0, 0, -1 / STILLS.wavelength))
    reflections = crystal_reflections(random_structure(MITHRENE, "P 1 21/c 1", seed=8), d_min)
    write_spots(Path(folder) / "stills", simulate_spots(reflections, detector, n_shots, 1, STILLS), seed=2)


def _print_memory_growth() -> None:
    stream = synthetic_entries("molecular", np.random.default_rng(0))
    used = []
    for n in (N_PEAK_LISTS, 4 * N_PEAK_LISTS):
        for _ in islice(stream, n):
            pass
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        used.append(pages * resource.getpagesize() / 2**20)
    print(used[1] - used[0])


if __name__ == "__main__":
    if sys.argv[1:] == ["--memory"]:
        _print_memory_growth()
    else:
        measure()
