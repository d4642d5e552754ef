"""Ranking of optimised cells over all lattices."""

from __future__ import annotations

from mlindex_plugin.algorithms.ranking.evidence import log_evidence
from mlindex_plugin.algorithms.ranking.solution import Solution

__all__ = ["Solution", "log_evidence"]
