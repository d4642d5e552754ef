"""Smooth backgrounds: diffuse scattering of sample and holder, and the rise towards the direct beam."""

from __future__ import annotations

import numpy as np
from numba import njit

STEEPNESS = (40.0, 70.0)
REACH = 4  # of the smoothing, in units of the length; it has fallen to 1e-7


def draw_background(two_theta, parameters, rng):
    """Draw a background.

    A constant; a Gaussian process with the kernel exp(-Δ²/(2 l²)), less its minimum, as in Schopmans, Reiser &
    Friederich (2023), section S4.2; and a rise at low angle, the side beyond its top of (n x)² exp(-n x) with x from
    0 to 1 over the pattern and n from 40 to 70 (Vecsei et al., 2019, Phys. Rev. B 99, 245120, Eq. A4).

    Parameters
    ----------
    two_theta : numpy.ndarray, shape (m,)
        Degrees, ascending.
    parameters : PatternParameters
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (m,)
        Not negative; without the rise its mean is `parameters.background`.
    """
    smooth = gaussian_process(two_theta, parameters.background_length, rng)
    smooth -= smooth.min()
    constant = parameters.constant_background
    smooth = parameters.background * (constant + (1 - constant) * smooth / smooth.mean())
    x = (two_theta - two_theta[0]) / (two_theta[-1] - two_theta[0])
    nx = rng.uniform(*STEEPNESS) * x
    height = parameters.air_scatter * parameters.background
    return smooth + height * (1 + nx / 2) ** 2 * np.exp(-nx)


def gaussian_process(x, length, rng):
    """A draw of the Gaussian process with the kernel exp(-Δ²/(2 l²)), up to a factor.

    Parameters
    ----------
    x : numpy.ndarray, shape (m,)
    length : float
        l, in the unit of x.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (m,)
    """
    # White noise on nodes l/2 apart, which leave no trace, smoothed by exp(-Δ²/l²).
    first = x[0] - REACH * length
    noise = rng.standard_normal(int(2 * (x[-1] - first) / length) + 2 * REACH + 1)
    return _smoothed(x, noise, first, length)


@njit(cache=True)
def _smoothed(x, noise, first, length):
    result = np.zeros(len(x))
    for i in range(len(x)):
        place = 2 * (x[i] - first) / length
        for k in range(int(place) - 2 * REACH + 1, int(place) + 2 * REACH + 1):
            result[i] += noise[k] * np.exp(-((place - k) ** 2) / 4)
    return result
