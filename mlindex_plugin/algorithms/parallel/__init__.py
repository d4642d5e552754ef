"""Spreading units of work over processors."""

from __future__ import annotations

from mlindex_plugin.algorithms.parallel.choose import workers_for
from mlindex_plugin.algorithms.parallel.grouped import GroupedWorkers, Grouping
from mlindex_plugin.algorithms.parallel.interruption import Interruption
from mlindex_plugin.algorithms.parallel.pool import Outcome, WorkerLostError
from mlindex_plugin.algorithms.parallel.processes import settle
from mlindex_plugin.algorithms.parallel.workers import Workers, available_processors

__all__ = [
    "GroupedWorkers",
    "Grouping",
    "Interruption",
    "Outcome",
    "WorkerLostError",
    "Workers",
    "available_processors",
    "settle",
    "workers_for",
]
