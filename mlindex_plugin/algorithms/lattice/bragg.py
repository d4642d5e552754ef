"""Bragg's law between q2 = 1/d² and the angle two-theta: q2 = (2 sin θ / λ)²."""

from __future__ import annotations

import numpy as np


def q2_from_two_theta(two_theta: np.ndarray, wavelength) -> np.ndarray:
    """q2 in 1/Å² of angles in degrees; `wavelength` in Å, a number or an array that fits `two_theta`."""
    return (2 * np.sin(np.radians(two_theta) / 2) / wavelength) ** 2


def two_theta_from_q2(q2: np.ndarray, wavelength) -> np.ndarray:
    """Angles in degrees of q2 in 1/Å²; nan where `wavelength` (Å, a number or an array) cannot reach."""
    sine = np.sqrt(q2) * wavelength / 2
    return 2 * np.degrees(np.arcsin(np.where(sine <= 1, sine, np.nan)))
