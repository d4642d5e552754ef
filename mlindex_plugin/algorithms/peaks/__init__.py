"""Peak lists: readers, the powder pattern from DIALS spots, peak finding, the error model."""

from __future__ import annotations

from mlindex_plugin.algorithms.peaks.peak_list import Pattern, PeakList

__all__ = ["Pattern", "PeakList"]
