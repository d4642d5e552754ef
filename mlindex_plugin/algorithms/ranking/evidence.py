"""How well a cell explains a peak list, in one number that can be compared between lattices.

The model of a peak list, given a cell: every distinguishable line of the cell below the last peak is observed with
one probability f; an observed line is displaced by a Gaussian error; lines of other origin come at a small constant
rate. The reference is the same number of lines strewn at random. Parameters are paid for by the Laplace
approximation of their integral. The standard errors may be wrong by a common factor, over which the evidence is
averaged: stated errors by little, those of a default error model by much.
"""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.search import Observed, Refined

_CONTAMINANT_RATE = 0.02  # of the observed line density
_SCALES_MEASURED = 2.0 ** np.arange(-1, 3)
_SCALES_DEFAULT = 2.0 ** np.arange(-12, 2)


def log_evidence(refined: Refined, observed: Observed) -> np.ndarray:
    """Logarithm of the evidence of refined candidates over that of random lines.

    Parameters
    ----------
    refined : Refined
        n candidates.
    observed : Observed

    Returns
    -------
    numpy.ndarray, shape (n,)
        Natural logarithm; -inf for unphysical candidates.
    """
    n_free = refined.x.shape[1]
    n_peaks = len(observed.q2)
    span = observed.q2[-1]
    density = n_peaks / span
    contaminant = _CONTAMINANT_RATE * density
    corrected = observed.q2[None, :]
    if observed.shift_column.size:
        corrected = corrected - refined.shift[:, None] * observed.shift_column
    misfit = (corrected - refined.line) / observed.sigma
    n_lines = np.maximum(refined.n_distinct, 1)[:, None]
    scales = _SCALES_MEASURED if observed.sigma_measured else _SCALES_DEFAULT
    totals = []
    for scale in scales:
        log_normal = -0.5 * (misfit / scale) ** 2 - np.log(np.sqrt(2 * np.pi) * scale * observed.sigma)
        n_matched = np.sum(log_normal > np.log(contaminant), axis=1, keepdims=True)
        share = (n_matched + 0.5) / (np.maximum(n_lines, n_matched) + 1)
        per_peak = np.logaddexp(np.log(share) + log_normal, np.log(contaminant))
        missing = (np.maximum(n_lines - n_matched, 0) * np.log1p(-share))[:, 0]
        reference = n_peaks * np.log(density) - n_peaks
        occam = 0.5 * (refined.information - 2 * n_free * np.log(scale) - n_free * np.log(2 * np.pi))
        shift_prior = -0.5 * (refined.shift / observed.shift_sigma) ** 2
        totals.append(per_peak.sum(axis=1) + missing - reference - np.maximum(occam, 0) + shift_prior)
    evidence = np.logaddexp.reduce(totals, axis=0) - np.log(len(scales))
    return np.where(refined.n_lines > 0, evidence, -np.inf)
