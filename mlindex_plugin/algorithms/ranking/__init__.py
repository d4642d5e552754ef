"""Ranking of optimised cells over all lattices."""

from __future__ import annotations

from mlindex_plugin.algorithms.ranking.solution import Solution

__all__ = ["Solution"]
