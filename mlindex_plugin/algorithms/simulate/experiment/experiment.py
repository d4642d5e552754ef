"""What one measurement does to exact lines: the errors of one pattern, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np

from mlindex_plugin.errors import InputError

UNITS = ("two_theta", "q")
CU_KALPHA1 = 1.5406  # Å


@dataclass(frozen=True)
class Experiment:
    """Errors of one pattern. All are zero by default: an ideal experiment.

    Attributes
    ----------
    unit : str
        ``two_theta`` (degrees) or ``q`` = 1/d (1/Å): where errors are constant, and what the list gives.
    wavelength : float
        Å. A list in ``q`` does not tell it.
    two_theta_min : float
        Degrees; the pattern starts here, lines below are not recorded.
    resolution : float
        Of lines closer than this, in `unit`, only the stronger is seen; those closer than half of it are seen as one,
        at their centre of intensity.
    detection_limit : float
        Lines weaker than this part of the strongest are missed.
    missing : float
        Probability that a line is missed though it is strong enough.
    sigma : float
        Standard deviation of positions in `unit`; with heavy tails, the scale of Student's t.
    degrees_of_freedom : float
        Of Student's t; ``inf`` is the normal distribution.
    q_low : float
        1/Å; below it errors grow towards low angles, by the factor sqrt(1 + (q_low / q)²).
    phase_ratio : float
        Strongest line of a second phase over the strongest line of the first.
    n_contaminants : int
        Lines of no phase, strewn over the first 20 lines; fewer where these leave no room.
    zero_shift : float
        Degrees, added to 2θ.
    scale : float
        Relative error of the detector distance: tan 2θ is measured larger by the factor 1 + scale.
    stated_ratio : float or None
        Standard errors in the list over true ones; None where the list has none and the default model is used.

    Raises
    ------
    InputError
        For a value that no experiment can have.
    """

    unit: str = "two_theta"
    wavelength: float = CU_KALPHA1
    two_theta_min: float = 0.0
    resolution: float = 0.0
    detection_limit: float = 0.0
    missing: float = 0.0
    sigma: float = 0.0
    degrees_of_freedom: float = np.inf
    q_low: float = 0.0
    phase_ratio: float = 0.0
    n_contaminants: int = 0
    zero_shift: float = 0.0
    scale: float = 0.0
    stated_ratio: float | None = None

    def __post_init__(self):
        if self.unit not in UNITS:
            raise InputError(f"Experiment: unit is {self.unit!r}, use one of {', '.join(UNITS)}.")
        for name, value in vars(self).items():
            number = name == "unit" or isinstance(value, Real) or (name == "stated_ratio" and value is None)
            _check(name, value, number, "a number")
        _check("wavelength", self.wavelength, 0 < self.wavelength < np.inf, "a positive number")
        _check("degrees_of_freedom", self.degrees_of_freedom, self.degrees_of_freedom > 0, "a positive number or inf")
        for name in ("two_theta_min", "resolution", "sigma", "q_low", "phase_ratio"):
            _check(name, getattr(self, name), 0 <= getattr(self, name) < np.inf, "zero or a positive number")
        for name in ("detection_limit", "missing"):
            _check(name, getattr(self, name), 0 <= getattr(self, name) < 1, "a number from 0 to below 1")
        for name in ("zero_shift", "scale"):
            _check(name, getattr(self, name), -1 < getattr(self, name) < 1, "a number between -1 and 1")
        whole = 0 <= self.n_contaminants < np.inf and self.n_contaminants == int(self.n_contaminants)
        _check("n_contaminants", self.n_contaminants, whole, "zero or a whole number")
        if self.stated_ratio is not None:
            _check("stated_ratio", self.stated_ratio, 0 < self.stated_ratio < np.inf, "a positive number or None")


def _check(name, value, valid, wanted):
    if not valid:
        raise InputError(f"Experiment: {name} is {value!r}, give {wanted}.")
