"""Named experiments of growing error, on which searches are compared."""

from __future__ import annotations

from dataclasses import replace

from mlindex_plugin.algorithms.simulate.experiment.experiment import Experiment


def error_ladder() -> dict[str, Experiment]:
    """Experiments by name, each with the errors of the one before it and one more.

    Returns
    -------
    dict of str to Experiment
        ``ideal``; ``missing`` (10 % of the lines); ``error`` (0.02° standard deviation in 2θ, Cu Kα1);
        ``1_contaminant``, ``2_contaminants`` among the first 20 lines; ``zero_0.02`` and ``zero_0.07`` (degrees of zero
        shift, both with two contaminants).
    """
    ideal = Experiment()
    missing = replace(ideal, missing=0.1)
    error = replace(missing, sigma=0.02)
    one, two = replace(error, n_contaminants=1), replace(error, n_contaminants=2)
    return {
        "ideal": ideal,
        "missing": missing,
        "error": error,
        "1_contaminant": one,
        "2_contaminants": two,
        "zero_0.02": replace(two, zero_shift=0.02),
        "zero_0.07": replace(two, zero_shift=0.07),
    }
