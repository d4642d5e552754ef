"""Spreading units of work over processors."""

from __future__ import annotations

from mlindex_plugin.algorithms.parallel.interruption import Interruption
from mlindex_plugin.algorithms.parallel.workers import Workers, available_processors, settle

__all__ = ["Interruption", "Workers", "available_processors", "settle"]
