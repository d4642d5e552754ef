"""The peak list: positions in q2 with standard errors, the input of every search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.errors import InputError


@dataclass(frozen=True)
class Pattern:
    """A powder pattern, kept for the report.

    Attributes
    ----------
    q2 : numpy.ndarray, shape (m,)
        Positions in 1/Å², ascending.
    intensity : numpy.ndarray, shape (m,)
        Intensity in the source's own unit.
    """

    q2: np.ndarray
    intensity: np.ndarray


@dataclass(frozen=True)
class PeakList:
    """Observed powder lines.

    Attributes
    ----------
    q2 : numpy.ndarray, shape (n,)
        Positions q2 = 1/d² in 1/Å², strictly ascending.
    sigma : numpy.ndarray, shape (n,)
        Standard errors of `q2` in 1/Å², positive.
    intensity : numpy.ndarray, shape (n,), or None
        Intensities or counts, where the source gives them.
    wavelength : float or None
        Wavelength in Å, where known.
    unit : str
        What the source listed: ``d``, ``two_theta``, ``q``, ``q2`` or ``spots``.
    sigma_measured : bool
        True where the source gave the standard errors, False where the default error model did.
    source : str
        File name, for messages.
    pattern : Pattern or None
        The powder pattern that the peaks were found in.
    notes : tuple of str
        Sentences that the user should read (merged duplicates, sorting, too few shots ...).

    Raises
    ------
    InputError
        If the arrays disagree in shape or hold values that cannot be line positions.
    """

    q2: np.ndarray
    sigma: np.ndarray
    intensity: np.ndarray | None = None
    wavelength: float | None = None
    unit: str = "q2"
    sigma_measured: bool = False
    source: str = "peaks"
    pattern: Pattern | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        if self.q2.ndim != 1 or self.sigma.shape != self.q2.shape:
            raise InputError(f"{self.source}: q2 and sigma must be one-dimensional and equally long.")
        if self.intensity is not None and self.intensity.shape != self.q2.shape:
            raise InputError(f"{self.source}: intensity must be as long as q2.")
        if not np.all(np.isfinite(self.q2)) or np.any(self.q2 <= 0):
            raise InputError(f"{self.source}: every q2 must be a positive finite number.")
        if np.any(np.diff(self.q2) <= 0):
            raise InputError(f"{self.source}: q2 must be strictly ascending.")
        if not np.all(np.isfinite(self.sigma)) or np.any(self.sigma <= 0):
            raise InputError(f"{self.source}: every sigma must be a positive finite number.")

    def __len__(self) -> int:
        return len(self.q2)
