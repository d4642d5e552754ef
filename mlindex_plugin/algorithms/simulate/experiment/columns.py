"""The parameters of many experiments as columns, one row an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from mlindex_plugin.algorithms.simulate.experiment.experiment import Experiment


@dataclass(frozen=True)
class Columns:
    """Fields of `Experiment` that stages of the simulation use, each of shape (n, 1); `in_q` for ``unit``."""

    in_q: np.ndarray
    wavelength: np.ndarray
    two_theta_min: np.ndarray
    resolution: np.ndarray
    detection_limit: np.ndarray
    missing: np.ndarray
    sigma: np.ndarray
    degrees_of_freedom: np.ndarray
    q_low: np.ndarray
    phase_ratio: np.ndarray
    n_contaminants: np.ndarray
    zero_shift: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, experiments: Sequence[Experiment]) -> Columns:
        names = [field.name for field in fields(cls) if field.name != "in_q"]
        values = {name: np.array([[getattr(each, name)] for each in experiments]) for name in names}
        return cls(in_q=np.array([[each.unit == "q"] for each in experiments]), **values)
