"""Experimental error: what a measurement makes of exact lines, with ranges measured on real peak lists."""

from __future__ import annotations

from mlindex_plugin.algorithms.simulate.experiment.experiment import Experiment
from mlindex_plugin.algorithms.simulate.experiment.ladder import error_ladder
from mlindex_plugin.algorithms.simulate.experiment.line_arrays import LineArrays, stack_lines
from mlindex_plugin.algorithms.simulate.experiment.peak_arrays import PeakArrays
from mlindex_plugin.algorithms.simulate.experiment.presets import Preset, experiment_preset, experiment_presets
from mlindex_plugin.algorithms.simulate.experiment.simulate import Truth, simulate_peak_list, simulate_peaks

__all__ = [
    "Experiment",
    "LineArrays",
    "PeakArrays",
    "Preset",
    "Truth",
    "error_ladder",
    "experiment_preset",
    "experiment_presets",
    "simulate_peak_list",
    "simulate_peaks",
    "stack_lines",
]
