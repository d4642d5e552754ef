"""How wide a powder line of spots is: a width for every spot, estimated from the spots themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln

_MOST_SPOTS, _MOST_PAIRS = 10000, 20000  # looked at for the first estimate
_PRIOR = 10.0  # spots of the expected width that every group is given
TAIL = 4.0  # degrees of freedom of the line profile, a Student t: a core with the wings that real spots have
_LOG_NORM = gammaln((TAIL + 1) / 2) - gammaln(TAIL / 2) - 0.5 * np.log(TAIL * np.pi)


def profile(z):
    """Line profile, unit integral over z, the distance from the line in units of the spot's width."""
    return np.exp(_LOG_NORM - (TAIL + 1) / 2 * np.log1p(z * z / TAIL))


@dataclass(frozen=True)
class WidthModel:
    """Width of the line profile at a spot: root of (pixels · dq/dpixel)² + (relative · q)², times a factor.

    The first term is constant at the detector (centroid error, pixel size, beam centre), the second constant in
    dq/q (bandwidth, wavelength jitter, distance); spots of few counts scatter more than strong ones.

    Attributes
    ----------
    pixels, relative : float
        Non-negative.
    log_intensity, log_factor : numpy.ndarray, shape (k,)
        Logarithm of the factor at classes of ascending intensity, interpolated between them.
    """

    pixels: float
    relative: float
    log_intensity: np.ndarray
    log_factor: np.ndarray

    def __call__(self, spots):
        """Width in q of every spot, 1/Å, shape (n,)."""
        base = np.hypot(self.pixels * spots.q_per_pixel, self.relative * spots.q)
        return base * np.exp(np.interp(_log_intensity(spots), self.log_intensity, self.log_factor))


def _log_intensity(spots):
    """Logarithm of the intensities, those that are not positive taken as one count; zeros where none are known."""
    return np.log(np.maximum(spots.intensity, 1.0))


def widths_from_pairs(spots, rng):
    """First estimate of the widths: spots of one line lie closer together than spots of different lines do.

    The differences q_i - q_j of neighbouring spots are a narrow component (same line) on a flat one (different
    lines); the parameters of `WidthModel` that make this mixture most likely are returned.

    Parameters
    ----------
    spots : Spots
        Those at low q, where lines are separate; at least ten.
    rng : numpy.random.Generator
        Chooses spots and pairs where there are too many.

    Returns
    -------
    WidthModel
    """
    from scipy.optimize import minimize  # slow to import

    if len(spots) > _MOST_SPOTS:
        spots = spots.select(rng.choice(len(spots), _MOST_SPOTS, replace=False))
    spots = spots.select(np.argsort(spots.q, kind="stable"))
    q, scale, knots = spots.q, spots.q_per_pixel, _knots(spots)
    strength = _log_intensity(spots) - np.median(knots)
    reach = 8 * np.median(scale)
    last = np.searchsorted(q, q + reach)
    n_after = last - np.arange(len(q)) - 1
    first = np.repeat(np.arange(len(q)), n_after)
    step = np.arange(len(first)) - np.repeat(np.cumsum(n_after) - n_after, n_after) + 1
    if len(first) > _MOST_PAIRS:
        chosen = rng.choice(len(first), _MOST_PAIRS, replace=False)
        first, step = first[chosen], step[chosen]
    second = first + step
    lag = q[second] - q[first]
    band = np.minimum((4 * first) // len(q), 3)

    def cost(parameters):
        pixels, relative, gain = np.exp(parameters[0]), np.exp(parameters[1]), parameters[2]
        if not 0 <= gain <= 0.6:
            return np.inf
        square = ((pixels * scale) ** 2 + (relative * q) ** 2) * np.exp(-2 * gain * strength)
        width = np.sqrt(square[first] + square[second])
        near = 2 * profile(lag / width) / width
        return -sum(_mixture(near[band == k], 1 / reach) for k in range(4))

    starts = [(np.log(p), np.log(r), 0.2) for p in (0.08, 0.4, 1.5) for r in (3e-4, 2e-3)]
    best = min((minimize(cost, start, method="Nelder-Mead", options={"maxiter": 150}) for start in starts), key=_value)
    factor = -best.x[2] * (knots - np.median(knots))
    return WidthModel(float(np.exp(best.x[0])), float(np.exp(best.x[1])), knots, factor)


def _knots(spots):
    """Centres of eight classes of equally many spots, in the logarithm of intensity; one where all are equal."""
    return np.unique(np.quantile(_log_intensity(spots), (np.arange(8) + 0.5) / 8))


def widths_from_lines(spots, offset, weight, start):
    """Refine the widths from spots assigned to fitted lines.

    Parameters
    ----------
    spots : Spots
    offset : numpy.ndarray, shape (n,)
        Distance in q from the line.
    weight : numpy.ndarray, shape (n,)
        Probability that the spot is of the line.
    start : WidthModel

    Returns
    -------
    WidthModel
    """
    from scipy.optimize import minimize  # slow to import

    nearest = np.abs(_log_intensity(spots)[:, None] - start.log_intensity).argmin(axis=1)
    scale, q, model = spots.q_per_pixel, spots.q, start
    for _ in range(2):
        factor = np.exp(np.interp(_log_intensity(spots), model.log_intensity, model.log_factor))

        def cost(parameters, factor=factor):
            width = np.hypot(np.exp(parameters[0]) * scale, np.exp(parameters[1]) * q) * factor
            return np.sum(weight * (np.log(width) + (TAIL + 1) / 2 * np.log1p((offset / width) ** 2 / TAIL)))

        begin = (np.log(max(model.pixels, 1e-3)), np.log(max(model.relative, 1e-6)))
        best = minimize(cost, begin, method="Nelder-Mead", options={"maxiter": 100}).x
        model = replace(model, pixels=float(np.exp(best[0])), relative=float(np.exp(best[1])))
        z2 = (offset / model(spots)) ** 2
        model = replace(model, log_factor=model.log_factor + log_scales(z2, weight, nearest, len(model.log_factor)))
    return model


def log_scales(z2, weight, group, n_groups):
    """Logarithm of the scale of z in each group, by EM for the t distribution.

    Parameters
    ----------
    z2 : numpy.ndarray, shape (n,)
        Squares of distances in units of the expected width.
    weight : numpy.ndarray, shape (n,)
    group : numpy.ndarray of int, shape (n,)
    n_groups : int

    Returns
    -------
    numpy.ndarray, shape (n_groups,)
        Zero for a group as wide as expected; a group of few spots stays near zero.
    """
    result = np.zeros(n_groups)
    n = np.bincount(group, weight, n_groups)
    for _ in range(20):
        pull = weight * (TAIL + 1) / (TAIL + z2 * np.exp(-2 * result[group])) * z2
        result = 0.5 * np.log((np.bincount(group, pull, n_groups) + _PRIOR) / (n + _PRIOR))
    return result


def _value(result):
    return result.fun


def _mixture(near, far):
    """Log likelihood of a mixture of `near` and `far` at its best fraction, found by EM."""
    if len(near) == 0:
        return 0.0
    fraction = 0.5
    for _ in range(12):
        share = fraction * near / (fraction * near + (1 - fraction) * far)
        fraction = np.clip(share.mean(), 1e-6, 1 - 1e-6)
    return np.sum(np.log(fraction * near + (1 - fraction) * far))
