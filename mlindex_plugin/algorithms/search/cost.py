"""What a unit of work costs, relative to others: enough to begin the longest first."""

from __future__ import annotations

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.search.unit import Unit

# Processor time in s with 20 peaks, on one core of a shared machine: python benchmarks/unit_costs.py
_PER_CANDIDATE = 1.4e-4
_POSITION_CELLS = {1: 0.01, 2: 0.07, 3: 0.11, 4: 0.09, 6: 0.12}  # of the first block, by number of free parameters


def unit_cost(unit: Unit) -> float:
    """Processor time in seconds, roughly."""
    first = _POSITION_CELLS[LATTICES[unit.symbol].n_free] if unit.block == 0 else 0.0
    return first + _PER_CANDIDATE * unit.n_candidates
