"""Grouping of space-group symbols by pattern of reflection conditions."""

from __future__ import annotations

from mlindex_plugin.algorithms.simulate.grouping.conditions import reflection_conditions
from mlindex_plugin.algorithms.simulate.grouping.table import group_names, group_of

__all__ = ["group_names", "group_of", "reflection_conditions"]
