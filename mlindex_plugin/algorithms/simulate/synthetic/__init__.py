"""Synthetic crystals: an endless stream from the statistics of known ones."""

from __future__ import annotations

from mlindex_plugin.algorithms.simulate.synthetic.crystal import Crystal
from mlindex_plugin.algorithms.simulate.synthetic.learning import learn_statistics
from mlindex_plugin.algorithms.simulate.synthetic.peak_lists import crystal_entry
from mlindex_plugin.algorithms.simulate.synthetic.populations import POPULATIONS, Population, space_group_probabilities
from mlindex_plugin.algorithms.simulate.synthetic.statistics import (
    Statistics,
    read_statistics,
    shipped_statistics,
    write_statistics,
)
from mlindex_plugin.algorithms.simulate.synthetic.streams import (
    synthetic_crystals,
    synthetic_entries,
    synthetic_structures,
)

__all__ = [
    "Crystal",
    "POPULATIONS",
    "Population",
    "Statistics",
    "crystal_entry",
    "learn_statistics",
    "read_statistics",
    "shipped_statistics",
    "space_group_probabilities",
    "synthetic_crystals",
    "synthetic_entries",
    "synthetic_structures",
    "write_statistics",
]
