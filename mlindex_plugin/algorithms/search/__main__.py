"""Compile every kernel once, so that the first search does not wait: ``python -m mlindex_plugin.algorithms.search``."""

from __future__ import annotations

import numpy as np

import mlindex_plugin  # noqa: F401  (cctbx first)
from mlindex_plugin.algorithms.indexing import search
from mlindex_plugin.algorithms.peaks import peaks_from_positions
from mlindex_plugin.algorithms.training.members import MEMBERS
from mlindex_plugin.errors import InputError
from mlindex_plugin.models.registry import load_models
from mlindex_plugin.phil import powder_scope

if __name__ == "__main__":
    params = powder_scope().extract()
    params.search.effort = "quick"
    params.mp.nproc = 1
    params.search.bravais_lattices = ["aP"]
    # two-theta, so that the zero shift's branch is compiled too
    peaks = peaks_from_positions(np.linspace(8.0, 40.0, 22) ** 1.02, "two_theta", wavelength=1.54)
    try:
        search(peaks, params)
        models = load_models("aP")  # read-only arrays, for which numba compiles anew
        for member in MEMBERS:
            generator = member.generator_class().from_arrays("aP", models[member.name])
            generator.generate(peaks.q2, 100, np.random.default_rng(0))
    except InputError as error:  # `make weights` starts without models
        print(f"set-up: not everything is compiled: {error}")
