"""Generators of candidate cells."""

from __future__ import annotations

from mlindex_plugin.algorithms.generators.exhaustive import exhaustive_cells
from mlindex_plugin.algorithms.generators.nearby_cells import nearby_cells
from mlindex_plugin.algorithms.generators.random_cells import random_cells, random_shapes
from mlindex_plugin.algorithms.generators.templates import template_cells
from mlindex_plugin.algorithms.generators.zone_cells import zone_cells

__all__ = ["exhaustive_cells", "nearby_cells", "random_cells", "random_shapes", "template_cells", "zone_cells"]
