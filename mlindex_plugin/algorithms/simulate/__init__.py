"""Simulation: powder lines of structures; whole patterns; random crystals, serial stills as spots and as images."""

from __future__ import annotations

from mlindex_plugin.algorithms.simulate.augmentation import Augmentation
from mlindex_plugin.algorithms.simulate.calculated_pattern import PowderLines, observable_lines, powder_lines
from mlindex_plugin.algorithms.simulate.detector import square_detector
from mlindex_plugin.algorithms.simulate.experiment import (
    Experiment,
    error_ladder,
    experiment_preset,
    simulate_peak_list,
    simulate_peaks,
)
from mlindex_plugin.algorithms.simulate.grouping import group_of
from mlindex_plugin.algorithms.simulate.images import render_images
from mlindex_plugin.algorithms.simulate.nxmx import write_nxmx
from mlindex_plugin.algorithms.simulate.random_crystal import CrystalReflections, crystal_reflections, random_structure
from mlindex_plugin.algorithms.simulate.reference_indices import ReferenceIndices
from mlindex_plugin.algorithms.simulate.spot_files import write_spots
from mlindex_plugin.algorithms.simulate.stills import Spots, Stills, StillsConditions, simulate_spots
from mlindex_plugin.algorithms.simulate.structure import read_structure
from mlindex_plugin.algorithms.simulate.synthetic import synthetic_entries, synthetic_structures
from mlindex_plugin.algorithms.simulate.whole_pattern import (
    PatternConditions,
    WholePattern,
    lines_for_pattern,
    pattern_preset,
    simulate_pattern,
    simulate_patterns,
    write_pattern,
)

__all__ = [
    "Augmentation",
    "CrystalReflections",
    "Experiment",
    "PatternConditions",
    "PowderLines",
    "ReferenceIndices",
    "Spots",
    "Stills",
    "StillsConditions",
    "WholePattern",
    "crystal_reflections",
    "error_ladder",
    "experiment_preset",
    "group_of",
    "lines_for_pattern",
    "observable_lines",
    "pattern_preset",
    "powder_lines",
    "random_structure",
    "read_structure",
    "render_images",
    "simulate_pattern",
    "simulate_patterns",
    "simulate_peak_list",
    "simulate_peaks",
    "simulate_spots",
    "square_detector",
    "synthetic_entries",
    "synthetic_structures",
    "write_nxmx",
    "write_pattern",
    "write_spots",
]
