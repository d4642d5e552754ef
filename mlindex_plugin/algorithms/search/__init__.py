"""The search: optimisation kernel, refinement, figures of merit, schedule over lattices."""

from __future__ import annotations

from mlindex_plugin.algorithms.search.observed import Observed, observe
from mlindex_plugin.algorithms.search.refine import Refined, refine

__all__ = ["Observed", "Refined", "observe", "refine"]
