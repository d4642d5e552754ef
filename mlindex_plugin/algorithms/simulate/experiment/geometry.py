"""Between q2 and the unit in which an experiment's errors are constant."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice import q2_from_two_theta, two_theta_from_q2

TWO_THETA_MAX = 160.0  # degrees, beyond which no diffractometer records


def to_unit(q2, wavelength, in_q):
    """Positions of lines in degrees 2θ, or in q = 1/d where `in_q` is set.

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n, m)
        1/Å².
    wavelength : numpy.ndarray, shape (n, 1)
        Å.
    in_q : numpy.ndarray of bool, shape (n, 1)

    Returns
    -------
    numpy.ndarray, shape (n, m)
    """
    return np.where(in_q, np.sqrt(q2), two_theta_from_q2(q2, wavelength))


def from_unit(position, wavelength, in_q):
    """The inverse of `to_unit`."""
    return np.where(in_q, position**2, q2_from_two_theta(position, wavelength))


def shift_angles(q2, wavelength, zero_shift, scale):
    """Where a wrong zero and a wrong detector distance put lines.

    A flat detector across the beam records tan 2θ = radius / distance; the list is made with another distance and zero,

        2θ' = atan2((1 + scale) sin 2θ, cos 2θ) + zero_shift,      q2' = (2 sin θ' / λ)².

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n, m)
        True positions, 1/Å².
    wavelength, zero_shift, scale : numpy.ndarray, shape (n, 1)
        Å, degrees, and relative error of the distance.

    Returns
    -------
    numpy.ndarray, shape (n, m)
        1/Å²; zero for a line that the shift moves beyond the beam.
    """
    two_theta = np.radians(two_theta_from_q2(q2, wavelength))
    measured = np.arctan2((1 + scale) * np.sin(two_theta), np.cos(two_theta)) + np.radians(zero_shift)
    return (2 * np.sin(np.maximum(measured, 0.0) / 2) / wavelength) ** 2
