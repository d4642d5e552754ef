"""Simulation: powder lines of crystal structures; random crystals, serial stills as spots and as images."""

from __future__ import annotations

from mlindex_plugin.algorithms.simulate.calculated_pattern import PowderLines, observable_lines, powder_lines
from mlindex_plugin.algorithms.simulate.detector import square_detector
from mlindex_plugin.algorithms.simulate.images import render_images
from mlindex_plugin.algorithms.simulate.nxmx import write_nxmx
from mlindex_plugin.algorithms.simulate.random_crystal import CrystalReflections, crystal_reflections, random_structure
from mlindex_plugin.algorithms.simulate.spot_files import write_spots
from mlindex_plugin.algorithms.simulate.stills import Spots, Stills, StillsConditions, simulate_spots
from mlindex_plugin.algorithms.simulate.structure import read_structure

__all__ = [
    "CrystalReflections",
    "PowderLines",
    "Spots",
    "Stills",
    "StillsConditions",
    "crystal_reflections",
    "observable_lines",
    "powder_lines",
    "random_structure",
    "read_structure",
    "render_images",
    "simulate_spots",
    "square_detector",
    "write_nxmx",
    "write_spots",
]
