"""Ranking of optimised cells over all lattices."""

from __future__ import annotations

from mlindex_plugin.algorithms.ranking.alternatives import Alternative, find_alternatives
from mlindex_plugin.algorithms.ranking.build import build_solution, with_scale_error
from mlindex_plugin.algorithms.ranking.decision import convincing
from mlindex_plugin.algorithms.ranking.entry import Entry
from mlindex_plugin.algorithms.ranking.evidence import log_evidence
from mlindex_plugin.algorithms.ranking.extinction import Extinction, with_extinction
from mlindex_plugin.algorithms.ranking.line_differences import DecidingLine
from mlindex_plugin.algorithms.ranking.pool import rank
from mlindex_plugin.algorithms.ranking.probability import probabilities
from mlindex_plugin.algorithms.ranking.relatives import relatives
from mlindex_plugin.algorithms.ranking.solution import Solution
from mlindex_plugin.algorithms.ranking.verdict import Verdict, verdict_of

__all__ = [
    "Alternative",
    "DecidingLine",
    "Entry",
    "Extinction",
    "Solution",
    "Verdict",
    "build_solution",
    "convincing",
    "find_alternatives",
    "log_evidence",
    "probabilities",
    "rank",
    "relatives",
    "verdict_of",
    "with_extinction",
    "with_scale_error",
]
