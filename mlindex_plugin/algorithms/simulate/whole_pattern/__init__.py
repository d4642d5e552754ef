"""Whole powder patterns: profiles, background, noise and an impurity phase, their parameters drawn per pattern."""

from __future__ import annotations

from mlindex_plugin.algorithms.simulate.whole_pattern.conditions import (
    PRESETS,
    PatternConditions,
    PatternParameters,
    draw_parameters,
    pattern_preset,
)
from mlindex_plugin.algorithms.simulate.whole_pattern.pattern import (
    TWO_THETA,
    WAVELENGTH,
    WholePattern,
    lines_for_pattern,
    simulate_pattern,
    simulate_patterns,
    write_pattern,
)

__all__ = [
    "PRESETS",
    "TWO_THETA",
    "WAVELENGTH",
    "PatternConditions",
    "PatternParameters",
    "WholePattern",
    "draw_parameters",
    "lines_for_pattern",
    "pattern_preset",
    "simulate_pattern",
    "simulate_patterns",
    "write_pattern",
]
