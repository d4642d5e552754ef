"""Data sets: many entries in one HDF5 file, made in resumable steps and read by training."""

from __future__ import annotations

from mlindex_plugin.algorithms.simulate.dataset.build import Order, build_dataset, check_output
from mlindex_plugin.algorithms.simulate.dataset.reader import Dataset, open_dataset
from mlindex_plugin.algorithms.simulate.dataset.summary import summary, summary_table, write_summary

__all__ = [
    "Dataset",
    "Order",
    "build_dataset",
    "check_output",
    "open_dataset",
    "summary",
    "summary_table",
    "write_summary",
]
