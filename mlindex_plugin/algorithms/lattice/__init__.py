"""The 14 Bravais lattices: settings, reciprocal metric, reference Miller indices, reduction."""

from __future__ import annotations

from mlindex_plugin.algorithms.lattice.bravais import (
    LATTICES,
    BravaisLattice,
    cells_from_xnn,
    direct_metric_from_cells,
    full_xnn,
    hkl_design,
    reciprocal_metric,
    volumes_from_xnn,
    xnn_from_cells,
    xnn_from_metric,
)
from mlindex_plugin.algorithms.lattice.reference import square_sums

__all__ = [
    "LATTICES",
    "BravaisLattice",
    "cells_from_xnn",
    "direct_metric_from_cells",
    "full_xnn",
    "hkl_design",
    "reciprocal_metric",
    "square_sums",
    "volumes_from_xnn",
    "xnn_from_cells",
    "xnn_from_metric",
]
