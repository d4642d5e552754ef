"""Spreading units of work over processors."""

from __future__ import annotations

from mlindex_plugin.algorithms.parallel.choose import workers_for
from mlindex_plugin.algorithms.parallel.grouped import GroupedWorkers, Grouping
from mlindex_plugin.algorithms.parallel.interruption import Interruption, stop_signals_to
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
    "stop_signals_to",
    "workers_for",
]
