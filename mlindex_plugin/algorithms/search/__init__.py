"""The search within a lattice: optimisation kernel, refinement, figures of merit, units of work."""

from __future__ import annotations

from mlindex_plugin.algorithms.search.assignment import NO_LINE
from mlindex_plugin.algorithms.search.device import torch_device
from mlindex_plugin.algorithms.search.figures_of_merit import de_wolff, reversed_de_wolff, smith_snyder
from mlindex_plugin.algorithms.search.kernel import merits, optimise
from mlindex_plugin.algorithms.search.line_classes import (
    N_CLASSES,
    N_MULTIPLICITIES,
    N_RANGES,
    NO_CLASS,
    classify_lines,
)
from mlindex_plugin.algorithms.search.observed import Observed, observe, zero_shift_column
from mlindex_plugin.algorithms.search.refine import Refined, refine
from mlindex_plugin.algorithms.search.unit import Unit, UnitResult, refine_cells, run_unit
from mlindex_plugin.algorithms.search.units import run_units

__all__ = [
    "NO_CLASS",
    "NO_LINE",
    "N_CLASSES",
    "N_MULTIPLICITIES",
    "N_RANGES",
    "Observed",
    "Refined",
    "Unit",
    "UnitResult",
    "classify_lines",
    "de_wolff",
    "merits",
    "observe",
    "optimise",
    "refine",
    "refine_cells",
    "run_unit",
    "run_units",
    "reversed_de_wolff",
    "smith_snyder",
    "torch_device",
    "zero_shift_column",
]
