"""The K-alpha doublet of laboratory X-ray tubes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

INTENSITY_RATIO = 0.5  # Kα2 / Kα1, from the degeneracies of the 2p levels
WAVELENGTH_TOLERANCE = 2e-4  # relative; the conventions in use for one line differ by less

# Kα1 and Kα2 in Å: International Tables for Crystallography C, table 4.2.2.1.
_DOUBLETS = {
    "Cr": (2.289726, 2.293651),
    "Fe": (1.936041, 1.939973),
    "Co": (1.788996, 1.792835),
    "Cu": (1.540593, 1.544427),
    "Mo": (0.709317, 0.713607),
    "Ag": (0.559422, 0.563813),
}


@dataclass(frozen=True)
class Doublet:
    """K-alpha1 and K-alpha2 of one anode.

    Attributes
    ----------
    anode : str
        Element symbol.
    alpha1, alpha2 : float
        Wavelengths in Å.
    """

    anode: str
    alpha1: float
    alpha2: float

    def partner(self, two_theta):
        """Where the Kα2 line of a Kα1 line lies.

        Parameters
        ----------
        two_theta : float or numpy.ndarray
            Degrees, of Kα1.

        Returns
        -------
        float or numpy.ndarray
            Degrees, from Bragg's law at equal d; 180 where the line has no Kα2 reflection.
        """
        sine = np.sin(np.radians(two_theta) / 2) * self.alpha2 / self.alpha1
        return 2 * np.degrees(np.arcsin(np.clip(sine, -1, 1)))


def find_doublet(wavelength: float) -> Doublet | None:
    """The doublet whose Kα1, or whose mean (2 Kα1 + Kα2) / 3, is `wavelength` (Å); None if there is none."""
    for anode, (alpha1, alpha2) in _DOUBLETS.items():
        for value in (alpha1, (2 * alpha1 + alpha2) / 3):
            if abs(wavelength / value - 1) < WAVELENGTH_TOLERANCE:
                return Doublet(anode, alpha1, alpha2)
    return None
