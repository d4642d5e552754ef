"""The project's own measure: searches with a known answer, counted, and compared between two runs."""

from __future__ import annotations

from mlindex_plugin.algorithms.benchmark.comparison import read_run
from mlindex_plugin.algorithms.benchmark.conditions import OPEN, chosen_conditions, simulated_conditions
from mlindex_plugin.algorithms.benchmark.open_cases import open_searches
from mlindex_plugin.algorithms.benchmark.report import BenchmarkRun, write_benchmark
from mlindex_plugin.algorithms.benchmark.searches import crystal_searches
from mlindex_plugin.algorithms.benchmark.store import run_searches

__all__ = [
    "OPEN",
    "BenchmarkRun",
    "chosen_conditions",
    "crystal_searches",
    "open_searches",
    "read_run",
    "run_searches",
    "simulated_conditions",
    "write_benchmark",
]
