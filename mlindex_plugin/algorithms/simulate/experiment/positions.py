"""Random errors of positions."""

from __future__ import annotations

import numpy as np


def standard_errors(q2, experiments):
    """Scale of each line's error in the unit of its experiment: sigma · sqrt(1 + (q_low / q)²).

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n, m)
        1/Å²; where it is zero there is no line, and the result is sigma.
    experiments : Columns

    Returns
    -------
    numpy.ndarray, shape (n, m)
        Degrees in 2θ, or 1/Å.
    """
    low = np.divide(experiments.q_low**2, q2, out=np.zeros_like(q2), where=q2 > 0)
    return experiments.sigma * np.sqrt(1 + low)


def random_errors(scales, experiments, rng):
    """Errors of Student's t distribution with the experiment's degrees of freedom, normal where these are infinite.

    Parameters
    ----------
    scales : numpy.ndarray, shape (n, m)
        From `standard_errors`.
    experiments : Columns
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (n, m)
        In the unit of `scales`.
    """
    finite = np.isfinite(experiments.degrees_of_freedom)
    degrees = np.where(finite, experiments.degrees_of_freedom, 1.0)
    normal = rng.standard_normal(scales.shape)
    chi2 = rng.chisquare(np.broadcast_to(degrees, scales.shape))
    return scales * np.where(finite, normal / np.sqrt(chi2 / degrees), normal)
