"""Spreading units of work over processors."""

from __future__ import annotations

from mlindex_plugin.algorithms.parallel.workers import Workers, available_processors

__all__ = ["Workers", "available_processors"]
