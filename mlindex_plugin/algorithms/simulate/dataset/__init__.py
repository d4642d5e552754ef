"""Data sets: many entries in one HDF5 file, made in resumable steps and read by training."""

from __future__ import annotations

from mlindex_plugin.algorithms.simulate.dataset.build import Order, build_dataset
from mlindex_plugin.algorithms.simulate.dataset.reader import Dataset, open_dataset

__all__ = ["Dataset", "Order", "build_dataset", "open_dataset"]
