"""Widths and profiles of powder lines on an even grid in 2θ."""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import q2_from_two_theta
from mlindex_plugin.algorithms.simulate.calculated_pattern import BETA_0, BETA_1

SCHERRER_K = 0.9
SIGMA_TO_FWHM = np.sqrt(8 * np.log(2))
GAUSSIAN_REACH = 3.0  # in FWHM on either side; a Gaussian has fallen to 1e-11
LORENTZIAN_REACH = 25.0  # in FWHM; the 1.3 % of the area beyond are put back by a factor


def line_widths(two_theta, wavelength, parameters):
    """Full width at half maximum and Lorentzian share of lines.

    The instrument (Caglioti), the crystallites (Scherrer, FWHM = 0.9 λ / (L cosθ)) and the spread of serial stills
    each broaden by a pseudo-Voigt of the pattern's `eta`. A pseudo-Voigt is taken as the Voigt with the same width
    and shape; Voigts are convoluted by adding their Lorentzian widths, and the squares of their Gaussian ones.
    Both conversions: Thompson, Cox & Hastings (1987), J. Appl. Cryst. 20, 79.

    Parameters
    ----------
    two_theta : numpy.ndarray, shape (n,)
        Degrees.
    wavelength : float
        Å.
    parameters : PatternParameters

    Returns
    -------
    fwhm : numpy.ndarray, shape (n,)
        Degrees of 2θ; NaN where the polynomial of the instrument is negative.
    eta : numpy.ndarray, shape (n,)
        0 to 1.
    """
    theta = np.radians(two_theta / 2)
    tangent = np.tan(theta)
    with np.errstate(invalid="ignore"):
        instrument = np.sqrt(parameters.u * tangent**2 + parameters.v * tangent + parameters.w)
    size = np.degrees(SCHERRER_K * wavelength / (10 * parameters.crystallite_size * np.cos(theta)))
    q2 = q2_from_two_theta(two_theta, wavelength)
    # Standard deviation in q2, turned into 2θ by d(q2)/d(2θ) = 2 sin 2θ / λ².
    sigma_q2 = parameters.serial_breadth * (BETA_0 + BETA_1 * q2)
    serial = np.degrees(SIGMA_TO_FWHM * sigma_q2 * wavelength**2 / (2 * np.sin(2 * theta)))

    eta = parameters.eta
    gaussian_share = np.sqrt(max(0.0, 1 - 0.74417 * eta - 0.24781 * eta**2 - 0.00810 * eta**3))  # -8e-5 at eta = 1
    lorentzian_share = 0.72928 * eta + 0.19289 * eta**2 + 0.07783 * eta**3
    g = gaussian_share * np.sqrt(instrument**2 + size**2 + serial**2)
    w = lorentzian_share * (instrument + size + serial)
    fwhm = (
        g**5 + 2.69269 * g**4 * w + 2.42843 * g**3 * w**2 + 4.47163 * g**2 * w**3 + 0.07842 * g * w**4 + w**5
    ) ** 0.2
    ratio = w / fwhm
    return fwhm, 1.36603 * ratio - 0.47719 * ratio**2 + 0.11116 * ratio**3


@njit(cache=True, error_model="numpy")  # a check for division by zero would keep the loops from being vectorised
def add_lines(pattern, grid, position, area, fwhm, eta):
    """Add pseudo-Voigt lines to a pattern.

    Parameters
    ----------
    pattern : numpy.ndarray, shape (m,)
        Changed in place; area is in units of its value times degrees.
    grid : numpy.ndarray, shape (m,)
        Degrees, ascending.
    position, area, fwhm, eta : numpy.ndarray, shape (n,)
        Of the lines; those outside the grid add what reaches into it.
    """
    lorentzian_norm = 1 / np.arctan(2 * LORENTZIAN_REACH)
    gaussian_norm = 2 * np.sqrt(np.log(2) / np.pi)
    for i in range(len(position)):
        centre, scale = position[i], 2 / fwhm[i]
        reach = GAUSSIAN_REACH * fwhm[i]
        first, end = np.searchsorted(grid, centre - reach), np.searchsorted(grid, centre + reach)
        x, y = grid[first:end], pattern[first:end]  # slices, since indices into the whole would be checked
        height = area[i] * (1 - eta[i]) * gaussian_norm / fwhm[i]
        for k in range(len(y)):
            t = (x[k] - centre) * scale
            y[k] += height * np.exp(-np.log(2) * t * t)
        if eta[i] <= 0:
            continue
        reach = LORENTZIAN_REACH * fwhm[i]
        first, end = np.searchsorted(grid, centre - reach), np.searchsorted(grid, centre + reach)
        x, y = grid[first:end], pattern[first:end]
        height = area[i] * eta[i] * lorentzian_norm / fwhm[i]
        for k in range(len(y)):
            t = (x[k] - centre) * scale
            y[k] += height / (1 + t * t)
