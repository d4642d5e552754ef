"""Emission lines of laboratory X-ray tubes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

INTENSITY_RATIO = 0.5  # Kα2 / Kα1, from the degeneracies of the 2p levels
WAVELENGTH_TOLERANCE = 2e-4  # relative; the conventions in use for one line differ by less

# Kα1, Kα2 and Kβ1,3 in Å: International Tables for Crystallography C, table 4.2.2.
_WAVELENGTHS = {
    "Cr": (2.289726, 2.293651, 2.08488),
    "Fe": (1.936041, 1.939973, 1.75660),
    "Co": (1.788996, 1.792835, 1.62082),
    "Cu": (1.540593, 1.544427, 1.39223),
    "Mo": (0.709317, 0.713607, 0.63230),
    "Ag": (0.559422, 0.563813, 0.49708),
}


@dataclass(frozen=True)
class Tube:
    """Emission lines of one anode.

    Attributes
    ----------
    anode : str
        Element symbol.
    alpha1, alpha2, beta : float
        Wavelengths of Kα1, Kα2 and Kβ1,3 in Å.
    """

    anode: str
    alpha1: float
    alpha2: float
    beta: float

    def alpha2_position(self, two_theta):
        """Where the Kα2 line of a Kα1 line lies.

        Parameters
        ----------
        two_theta : float or numpy.ndarray
            Degrees, of Kα1.

        Returns
        -------
        float or numpy.ndarray
            Degrees; 180 where the line has no Kα2 reflection.
        """
        return _bragg(two_theta, self.alpha2 / self.alpha1)

    def beta_position(self, two_theta):
        """Where the Kβ line of a Kα1 line at `two_theta` (degrees) lies, in degrees."""
        return _bragg(two_theta, self.beta / self.alpha1)


def find_tube(wavelength: float) -> Tube | None:
    """The tube whose Kα1, or whose mean (2 Kα1 + Kα2) / 3, is `wavelength` (Å); None if there is none."""
    for anode, (alpha1, alpha2, beta) in _WAVELENGTHS.items():
        for value in (alpha1, (2 * alpha1 + alpha2) / 3):
            if abs(wavelength / value - 1) < WAVELENGTH_TOLERANCE:
                return Tube(anode, alpha1, alpha2, beta)
    return None


def _bragg(two_theta, ratio: float):
    """Two-theta of the same d at another wavelength, by Bragg's law."""
    sine = np.sin(np.radians(two_theta) / 2) * ratio
    return 2 * np.degrees(np.arcsin(np.clip(sine, -1, 1)))
