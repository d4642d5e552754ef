"""Standard errors of line positions where the source gives none, and floors for those it gives.

The default model is constant at the detector, that is in two-theta or in q, hence generous in d at low angle:

* Lists and patterns with a wavelength: 0.02° in two-theta at Cu Kα1 and longer wavelengths, what a laboratory
  diffractometer with its zero shift and sample displacement reaches; in proportion to the wavelength below, since the
  same instrument error in q is a smaller angle there and synchrotron diffractometers are aligned that much better.
* Lists without a wavelength (smSFX): 0.1 % of the median q of the first 20 lines, for every line. Lines of such lists
  in the middle of the pattern are known to about 0.1 % in d, those at the lowest angles to several per cent.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from mlindex_plugin.algorithms.lattice import two_theta_from_q2
from mlindex_plugin.algorithms.peaks.units import sigma_to_q2

SIGMA_TWO_THETA = 0.02  # degrees
REFERENCE_WAVELENGTH = 1.5406  # Å, Cu Kα1
SIGMA_Q_RELATIVE = 0.001
N_LINES_FOR_MEDIAN = 20
FLOOR_Q2 = 1e-5  # 1/Å²; overlapped lines of counted spots are no better known than this


def default_sigma(q2: np.ndarray, wavelength: float | None) -> np.ndarray:
    """Standard errors of lines that come without any.

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n,)
        1/Å², in any order.
    wavelength : float or None
        Å.

    Returns
    -------
    numpy.ndarray, shape (n,)
        1/Å². See the module's text for the model. Beyond two-theta = 90° the error in q2 stays what it is at 90°.
    """
    q = np.sqrt(q2)
    if wavelength is None:
        sigma_q = SIGMA_Q_RELATIVE * np.median(np.sort(q)[:N_LINES_FOR_MEDIAN])
        return 2 * q * sigma_q
    # Without the limit the error would vanish at 180 degrees, and a list of d may reach beyond the Ewald sphere.
    two_theta = np.fmin(two_theta_from_q2(q2, wavelength), 90.0)
    sigma = np.full_like(q2, default_sigma_two_theta(wavelength))
    return sigma_to_q2(sigma, two_theta, "two_theta", wavelength)


def default_sigma_two_theta(wavelength: float) -> float:
    """Default standard error of a position in degrees two-theta; `wavelength` in Å."""
    return SIGMA_TWO_THETA * min(1.0, wavelength / REFERENCE_WAVELENGTH)


def describe_default(q2: np.ndarray, wavelength: float | None) -> str:
    """A sentence for the user about `default_sigma`."""
    if wavelength is not None:
        return (
            f"No standard errors are given: {default_sigma_two_theta(wavelength):.2g} degrees in two-theta are assumed "
            "for every line."
        )
    sigma_q = SIGMA_Q_RELATIVE * np.median(np.sort(np.sqrt(q2))[:N_LINES_FOR_MEDIAN])
    return f"No standard errors are given: {sigma_q:.2g} 1/angstrom in q = 1/d are assumed for every line."


def describe_added(wavelength: float) -> str:
    """A sentence for the user about standard errors that are given, with a wavelength in Å."""
    return (
        f"{default_sigma_two_theta(wavelength):.2g} degrees in two-theta are added in quadrature to the given "
        "standard errors, since the fit of a peak does not see a zero shift or a displaced sample."
    )


def rounding_sigma(positions: np.ndarray) -> float:
    """Standard error of numbers written with few decimals.

    Parameters
    ----------
    positions : numpy.ndarray, shape (n,)
        As read from a text, in its unit.

    Returns
    -------
    float
        Half a unit in the last decimal that any of the numbers uses, over √3: the standard deviation of a uniform
        distribution, in the unit of `positions`.
    """
    finite = positions[np.isfinite(positions)]
    decimals = (-Decimal(repr(float(value))).normalize().as_tuple().exponent for value in finite)
    return 0.5 * 10.0 ** -max(0, *decimals) / np.sqrt(3)
