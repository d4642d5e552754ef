"""The peaks of one search, in the form in which the compiled functions take them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mlindex_plugin.algorithms.peaks import PeakList
from mlindex_plugin.errors import InputError

_CAP = 4.0  # standard errors; a larger misfit counts as this one
_LINES_PER_PEAK = 12
_SHIFT_SIGMA = 0.04  # degrees two-theta, the spread of zero shifts of laboratory data


@dataclass(frozen=True)
class Observed:
    """Peaks used by a search.

    Attributes
    ----------
    q2, sigma : numpy.ndarray, shape (n,)
        Positions and standard errors, 1/Å².
    sigma_measured : bool
        Whether the standard errors were measured or come from the default error model.
    shift_column : numpy.ndarray, shape (n,) or (0,)
        Derivative of q2 by the zero shift in degrees two-theta; empty where there is no zero shift to refine.
    shift_sigma : float
        Prior spread of the zero shift, degrees two-theta.
    foreign : float
        Share of the peaks that may well be of other phases; 0 where one phase should explain them.
    """

    q2: np.ndarray
    sigma: np.ndarray
    sigma_measured: bool
    shift_column: np.ndarray
    shift_sigma: float = _SHIFT_SIGMA
    foreign: float = 0.0

    @property
    def limit(self) -> float:
        """Lines at or above this q2 are of no interest, 1/Å²."""
        return self.q2[-1] + 4 * self.sigma[-1] + (self.q2[-1] - self.q2[0]) / len(self.q2)

    @property
    def most_lines(self) -> int:
        """A cell with more lines than this below the limit explains nothing."""
        return _LINES_PER_PEAK * len(self.q2)

    @property
    def most_lines_refined(self) -> int:
        """As `most_lines`, with room for four times a symmetric lattice in its primitive cell."""
        return 12 * self.most_lines

    @property
    def cap(self) -> np.ndarray:
        """Largest misfit that counts, 1/Å², shape (n,)."""
        return _CAP * self.sigma

    @property
    def weight(self) -> np.ndarray:
        """Weights of the least squares, shape (n,), scaled to a mean of one."""
        weight = 1 / self.sigma**2
        return weight / weight.mean()

    def corrected(self, shift) -> np.ndarray:
        """Positions without a zero shift, 1/Å², shape (..., n) for `shift` of shape (...), in units of the column."""
        if not self.shift_column.size:
            return np.broadcast_to(self.q2, (*np.shape(shift), len(self.q2)))
        return self.q2 - np.asarray(shift)[..., None] * self.shift_column

    def first(self, n: int) -> Observed:
        """The lowest n peaks."""
        return replace(
            self, q2=self.q2[:n].copy(), sigma=self.sigma[:n].copy(), shift_column=self.shift_column[:n].copy()
        )


def zero_shift_column(q2: np.ndarray, wavelength: float) -> np.ndarray:
    """Derivative of q2 by two-theta in degrees: q2 = (2 sin θ / λ)², hence d q2 / d(2θ) = 2 sin 2θ / λ².

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n,)
        1/Å².
    wavelength : float
        Å.
    """
    theta = np.arcsin(np.clip(np.sqrt(q2) * wavelength / 2, 0, 1))
    return np.radians(1.0) * 2 * np.sin(2 * theta) / wavelength**2


def observe(peaks: PeakList, zero_shift: str = "auto") -> Observed:
    """All peaks of a list, as a search takes them.

    Parameters
    ----------
    peaks : PeakList
    zero_shift : str
        ``auto``: a parameter of lists in two-theta with a wavelength; ``refine``: of every list; ``fix``: of none.

    Raises
    ------
    InputError
        If `zero_shift` is none of these, or ``refine`` for a list that can have no zero shift.
    """
    if zero_shift not in ("auto", "refine", "fix"):
        raise InputError(f"search.zero_shift={zero_shift}: use auto, refine or fix.")
    has_angles = peaks.unit == "two_theta" and peaks.wavelength is not None
    if zero_shift == "refine" and not has_angles:
        raise InputError(
            f"{peaks.source}: search.zero_shift=refine needs positions in two-theta and their wavelength, but "
            f"{_instead_of_angles(peaks)}; use search.zero_shift=auto."
        )
    column = np.empty(0)
    if has_angles and zero_shift != "fix":
        column = zero_shift_column(peaks.q2, peaks.wavelength)
    return Observed(
        np.ascontiguousarray(peaks.q2, dtype=float),
        np.ascontiguousarray(peaks.sigma, dtype=float),
        peaks.sigma_measured,
        column,
    )


def _instead_of_angles(peaks: PeakList) -> str:
    """What keeps a list from having a zero shift."""
    if peaks.unit == "two_theta":
        return "the wavelength is not known (input.wavelength)"
    return "these are from spots on images" if peaks.unit == "spots" else f"these are in {peaks.unit}"
