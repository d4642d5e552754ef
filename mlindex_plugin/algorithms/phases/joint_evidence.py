"""How well several phases together explain a peak list."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.ranking.evidence import (
    CHOSEN,
    CONTAMINANT_RATES_OF_A_MIXTURE,
    cost_of_parameters,
    log_error_density,
    scales_and_priors,
)
from mlindex_plugin.algorithms.search import NO_LINE, Observed, Refined


def joint_evidence(phases: list[Refined], observed: Observed) -> float:
    """Logarithm of the evidence of some phases over that of random lines.

    The model is that of `ranking.evidence`, but with one share of observed lines for each phase instead of their
    visibility, and averaged over the rate of lines of other origin, so that one phase and two can be compared.

    Parameters
    ----------
    phases : list of Refined
        Of length one each; a peak has a line in one of them at most.
    observed : Observed
    """
    constants = CHOSEN
    n_peaks = len(observed.q2)
    density = n_peaks / observed.q2[-1]
    shift = phases[0].shift[0]
    own = np.array([phase.code[0] != NO_LINE for phase in phases])
    line = np.min([phase.line[0] for phase in phases], axis=0)
    misfit = (observed.corrected(shift) - line) / observed.sigma
    n_lines = np.array([max(phase.n_distinct[0], 1) for phase in phases])
    n_free = sum(phase.x.shape[1] for phase in phases)
    information = sum(phase.information[0] for phase in phases)
    totals = []
    for rate in CONTAMINANT_RATES_OF_A_MIXTURE:
        other = np.log(rate * density)
        for scale, log_prior in zip(*scales_and_priors(observed), strict=True):
            log_error = log_error_density(misfit, observed.sigma, scale, constants)
            matched = np.sum(own & (log_error > other), axis=1)
            share = (matched + 0.5) / (np.maximum(n_lines, matched) + 1)
            of_a_phase = np.log(share @ own + 1e-300) + np.where(own.any(axis=0), log_error, -np.inf)
            missing = np.sum(np.maximum(n_lines - matched, 0) * np.log1p(-share))
            parameters = constants.price * cost_of_parameters(information, n_free, scale)
            per_peak = np.sum(np.logaddexp(of_a_phase, other) - np.log(density)) + n_peaks * (1 - rate)
            totals.append(per_peak + missing - parameters + log_prior)
    shift_prior = -0.5 * (shift / observed.shift_sigma) ** 2
    return float(np.logaddexp.reduce(totals) - np.log(len(CONTAMINANT_RATES_OF_A_MIXTURE)) + shift_prior)
