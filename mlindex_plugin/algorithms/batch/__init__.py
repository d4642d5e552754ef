"""Many patterns, each searched for itself: result folders and one summary."""

from __future__ import annotations

from mlindex_plugin.algorithms.batch.patterns import Pattern, name_patterns, read_file_list
from mlindex_plugin.algorithms.batch.row import Row
from mlindex_plugin.algorithms.batch.schedule import run_batch
from mlindex_plugin.algorithms.batch.steps import timed_unit, timed_units
from mlindex_plugin.algorithms.batch.summary import write_summary

__all__ = [
    "Pattern",
    "Row",
    "name_patterns",
    "read_file_list",
    "run_batch",
    "timed_unit",
    "timed_units",
    "write_summary",
]
