"""Peak lists: readers, the powder pattern from DIALS spots, peak finding, the error model."""

from __future__ import annotations

from mlindex_plugin.algorithms.peaks.assemble import peaks_from_positions
from mlindex_plugin.algorithms.peaks.from_spots import peaks_from_spots
from mlindex_plugin.algorithms.peaks.pattern import peaks_from_pattern
from mlindex_plugin.algorithms.peaks.peak_list import Pattern, PeakList
from mlindex_plugin.algorithms.peaks.read import read_peaks
from mlindex_plugin.algorithms.peaks.spot_files import pair_files

__all__ = [
    "Pattern",
    "PeakList",
    "pair_files",
    "peaks_from_pattern",
    "peaks_from_positions",
    "peaks_from_spots",
    "read_peaks",
]
