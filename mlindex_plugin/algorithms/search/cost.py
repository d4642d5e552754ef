"""What a unit of work costs, relative to others: enough to begin the longest first."""

from __future__ import annotations

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.search.unit import Unit

# ms a candidate by number of free parameters, measured with 20 peaks; cubic lattices end where others begin
_PER_CANDIDATE = {1: 0.1, 2: 0.3, 3: 0.2, 4: 0.2, 6: 0.25}


def unit_cost(unit: Unit) -> float:
    """Processor time in seconds, roughly."""
    return 1e-3 * unit.n_candidates * _PER_CANDIDATE[LATTICES[unit.symbol].n_free]
