"""Augmentation: perturbed copies of entries, with lines drawn by the statistics of the training entries."""

from __future__ import annotations

from mlindex_plugin.algorithms.simulate.augmentation.allowed import allowed_lines_of_cells
from mlindex_plugin.algorithms.simulate.augmentation.augmentation import Augmentation

__all__ = ["Augmentation", "allowed_lines_of_cells"]
