"""Generators of candidate cells."""

from __future__ import annotations

from mlindex_plugin.algorithms.generators.ensemble import Ensemble, load_ensemble
from mlindex_plugin.algorithms.generators.exhaustive import exhaustive_cells
from mlindex_plugin.algorithms.generators.nearby_cells import nearby_cells
from mlindex_plugin.algorithms.generators.random_cells import RandomCells, random_shapes
from mlindex_plugin.algorithms.generators.zone_cells import zone_cells

__all__ = [
    "Ensemble",
    "RandomCells",
    "exhaustive_cells",
    "load_ensemble",
    "nearby_cells",
    "random_shapes",
    "zone_cells",
]
