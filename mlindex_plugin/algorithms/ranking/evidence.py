"""How well a cell explains a peak list, in one number that can be compared between lattices.

The model of a peak list, given a cell: which of its distinguishable lines below the last peak are observed is told by
their multiplicities and q2 (`ranking.visibility`); an observed line is displaced by an error of Student's t
distribution, since measured errors have longer tails than normal ones; lines of other origin come at a small constant
rate. The reference is the same number of lines strewn at random. Parameters are paid for by the Laplace approximation
of their integral. The standard errors may be wrong by a common factor, over which the evidence is averaged: fits state
errors many times too small, and those of a default error model are too large for exact lists.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln

from mlindex_plugin.algorithms.ranking.visibility import log_visibility
from mlindex_plugin.algorithms.search import N_CLASSES, NO_CLASS, Observed, Refined


@dataclass(frozen=True)
class EvidenceConstants:
    """Constants of the evidence, chosen by `benchmarks/ranking_constants.py`, see docs/ranking.md.

    Attributes
    ----------
    contaminant_rate : float
        Lines of other origin, in units of the observed line density.
    degrees_of_freedom : float
        Of Student's t distribution of the errors.
    price : float
        Of a parameter, relative to the Laplace approximation.
    superstructure : float
        Probability that a crystal is a given superstructure of a given cell.
    coincidence : float
        Natural logarithm of how rare crystals are whose metric is that of a higher symmetry, or whose lines are those
        of a lattice of fewer parameters.
    """

    contaminant_rate: float = 0.01
    degrees_of_freedom: float = 4
    price: float = 0.8
    superstructure: float = 0.05
    coincidence: float = 9.0


CHOSEN = EvidenceConstants()
CONTAMINANT_RATES_OF_A_MIXTURE = (0.01, 0.05, 0.15, 0.3, 0.5)  # equally likely
_SCALES_MEASURED = 2.0 ** np.arange(-1, 7)
_SCALES_DEFAULT = 2.0 ** np.arange(-12, 2)
# Laboratory lists: true over stated errors have median 2.6 and 10 % above 11 (docs/experimental_error.md).
_LOG2_TRUE_OVER_STATED, _ITS_SPREAD = 1.4, 1.6


def log_evidence(refined: Refined, observed: Observed, constants: EvidenceConstants = CHOSEN) -> np.ndarray:
    """Logarithm of the evidence of refined candidates over that of random lines.

    Parameters
    ----------
    refined : Refined
        n candidates.
    observed : Observed
    constants : EvidenceConstants

    Returns
    -------
    numpy.ndarray, shape (n,)
        Natural logarithm; -inf for unphysical candidates.
    """
    if not observed.foreign:
        return _of_rate(refined, observed, constants)
    # what one rate predicts too few or too many of counts only where rates are compared
    rates = CONTAMINANT_RATES_OF_A_MIXTURE
    n_peaks = len(observed.q2)
    each = [_of_rate(refined, observed, replace(constants, contaminant_rate=rate)) - rate * n_peaks for rate in rates]
    return np.logaddexp.reduce(each, axis=0) - np.log(len(rates))


def _of_rate(refined: Refined, observed: Observed, constants: EvidenceConstants) -> np.ndarray:
    """`log_evidence` where lines of other origin come at one rate."""
    _, log_prior = scales_and_priors(observed)
    evidence = np.logaddexp.reduce(_of_scales(refined, observed, constants) + log_prior[:, None], axis=0)
    return np.where(refined.n_lines > 0, evidence, -np.inf)


def _of_scales(refined: Refined, observed: Observed, constants: EvidenceConstants) -> np.ndarray:
    """`_of_rate` for each factor by which the standard errors may be wrong, shape (n_scales, n)."""
    n_peaks = len(observed.q2)
    density = n_peaks / observed.q2[-1]
    contaminant = np.log(constants.contaminant_rate * density)
    reference = n_peaks * np.log(density) - n_peaks
    scales = error_scales(observed)
    log_error = log_error_density(_misfit(refined, observed), observed.sigma, scales[:, None, None], constants)
    explained = log_error > contaminant
    n_matched = explained.sum(axis=2)
    # the mean share weighs a line against another origin, no more: how likely seen lines are, their visibility says
    log_share = np.log((n_matched + 0.5) / (np.maximum(np.maximum(refined.n_distinct, 1), n_matched) + 1))
    positions = np.logaddexp(log_share[:, :, None] + log_error, contaminant).sum(axis=2) - n_matched * log_share
    parameters = constants.price * np.array([occam(refined, scale) for scale in scales])
    shift_prior = -0.5 * (refined.shift / observed.shift_sigma) ** 2
    return positions + _visibility(refined, explained) - reference - parameters + shift_prior


def _visibility(refined: Refined, explained: np.ndarray) -> np.ndarray:
    """`log_visibility` where the lines of the explained peaks are seen, shape (n_scales, n)."""
    explained = explained & (refined.peak_class != NO_CLASS)
    changed = np.ones(explained.shape[:2], dtype=bool)
    changed[1:] = np.any(explained[1:] != explained[:-1], axis=2)
    scale, candidate = np.nonzero(changed)  # others are as at the scale before
    place = np.arange(len(candidate))[:, None] * N_CLASSES + refined.peak_class[candidate]
    n_seen = np.bincount(place[explained[scale, candidate]], minlength=len(candidate) * N_CLASSES)
    values = log_visibility(n_seen.reshape(-1, N_CLASSES), refined.class_counts[candidate])
    number = np.zeros(changed.shape, dtype=int)
    number[scale, candidate] = np.arange(len(candidate))
    return values[np.maximum.accumulate(number, axis=0)]


def _misfit(refined: Refined, observed: Observed) -> np.ndarray:
    """Distances of the peaks from their lines in standard errors, shape (n, n_peaks)."""
    return (observed.corrected(refined.shift) - refined.line) / observed.sigma


def log_error_density(misfit, sigma, scale, constants: EvidenceConstants) -> np.ndarray:
    """Logarithm of the density of peaks around their lines; misfits are in standard errors, wrong by a factor."""
    return log_student(misfit / scale, constants.degrees_of_freedom) - np.log(scale * sigma)


def occam(refined: Refined, scale: float) -> np.ndarray:
    """`cost_of_parameters` of candidates, shape (n,)."""
    return cost_of_parameters(refined.information, refined.x.shape[1], scale)


def cost_of_parameters(information, n_free: int, scale: float):
    """What free parameters cost where errors are wrong by a factor: Laplace approximation (MacKay 1992)."""
    return np.maximum(0.5 * (information - 2 * n_free * np.log(scale) - n_free * np.log(2 * np.pi)), 0)


def likeliest_scale(refined: Refined, observed: Observed, constants: EvidenceConstants = CHOSEN) -> float:
    """Factor by which the standard errors are wrong, most likely, if a refined candidate, of length one, is right."""
    scales, log_prior = scales_and_priors(observed)
    return float(scales[np.argmax(_of_scales(refined, observed, constants)[:, 0] + log_prior)])


def advantage_over_contaminants(
    refined: Refined, observed: Observed, scale: float, constants: EvidenceConstants = CHOSEN
) -> np.ndarray:
    """How much likelier each peak is at its line than as a line of other origin.

    Parameters
    ----------
    refined : Refined
        n candidates.
    observed : Observed
    scale : float
        Factor by which the standard errors are wrong.
    constants : EvidenceConstants

    Returns
    -------
    numpy.ndarray, shape (n, n_peaks)
        Natural logarithm; a peak is explained where it is positive.
    """
    contaminant = np.log(constants.contaminant_rate * len(observed.q2) / observed.q2[-1])
    return log_error_density(_misfit(refined, observed), observed.sigma, scale, constants) - contaminant


def error_scales(observed: Observed) -> np.ndarray:
    """Common factors by which the stated standard errors may be wrong, ascending."""
    return _SCALES_MEASURED if observed.sigma_measured else _SCALES_DEFAULT


def scales_and_priors(observed: Observed) -> tuple[np.ndarray, np.ndarray]:
    """Factors by which the standard errors may be wrong, and the logarithm of their probabilities."""
    scales = error_scales(observed)
    weight = np.ones(len(scales))
    if observed.sigma_measured:
        weight = np.exp(-0.5 * ((np.log2(scales) - _LOG2_TRUE_OVER_STATED) / _ITS_SPREAD) ** 2)
    return scales, np.log(weight / weight.sum())


def log_student(t: np.ndarray, nu: float) -> np.ndarray:
    """Logarithm of the density of Student's t distribution with `nu` degrees of freedom."""
    norm = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi)
    return norm - (nu + 1) / 2 * np.log1p(t * t / nu)
