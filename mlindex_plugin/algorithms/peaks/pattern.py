"""From a measured pattern to a peak list."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlindex_plugin.algorithms.peaks.assemble import MIN_PEAKS, with_notes
from mlindex_plugin.algorithms.peaks.emission import INTENSITY_RATIO, Tube, find_tube
from mlindex_plugin.algorithms.peaks.error_model import FLOOR_Q2, default_sigma, describe_default
from mlindex_plugin.algorithms.peaks.grid import is_reciprocal_grid
from mlindex_plugin.algorithms.peaks.peak_finding import (
    FoundPeaks,
    Partner,
    find_maxima,
    find_pattern_peaks,
    noise,
    partner_ratio,
)
from mlindex_plugin.algorithms.peaks.peak_list import Pattern, PeakList
from mlindex_plugin.algorithms.peaks.units import check_positions, check_unit, sigma_to_q2, to_q2
from mlindex_plugin.errors import InputError

MAX_BETA_RATIO = 0.1  # Kβ / Kα1 behind a filter; unfiltered it is about 0.2
MIN_PARTNER_RATIO = 0.15  # of what 0.5 gives when the two are half a width apart, less is no doublet


def peaks_from_pattern(
    x: np.ndarray,
    intensity: np.ndarray,
    unit: str,
    wavelength: float | None = None,
    intensity_sigma: np.ndarray | None = None,
    source: str = "pattern",
) -> PeakList:
    """Find the lines of a powder pattern.

    Parameters
    ----------
    x : numpy.ndarray, shape (m,)
        Positions in `unit`, in ascending or descending order.
    intensity : numpy.ndarray, shape (m,)
        Intensities or counts.
    unit : str
        ``d``, ``two_theta``, ``q`` or ``q2``, as in `peaks_from_positions`. A pattern in d that is equally spaced in
        1/d is taken as one of ``cctbx.xfel.powder_from_spots``.
    wavelength : float or None
        Å; needed for ``two_theta``.
    intensity_sigma : numpy.ndarray, shape (m,), or None
        Standard errors of the intensities.
    source : str
        File name, for messages.

    Returns
    -------
    PeakList
        Errors are those of the local fits and of the default error model (lists with a wavelength) or of a floor
        (`error_model.FLOOR_Q2`, without a wavelength), in quadrature: a fit does not see a zero shift. Where the
        wavelength is that of a laboratory tube, only Kα1 is listed: lines are fitted as doublets unless Kα2 was
        removed, and weak lines at the Kβ place of a strong one are left out.

    Raises
    ------
    InputError
        If positions or intensities cannot be, or fewer than three lines are found.
    """
    check_unit(unit, source)
    if unit != "d":
        x, intensity, intensity_sigma = _without_origin(x, intensity, intensity_sigma)
    check_positions(x, unit, wavelength, source)
    _check_intensity(intensity, source)
    axis_unit, axis = ("q", _bin_centres(1 / x)) if unit == "d" and is_reciprocal_grid(x) else (unit, x)
    axis, intensity, intensity_sigma = _ascending(axis, intensity, _usable(intensity_sigma), source)
    tube = find_tube(wavelength) if axis_unit == "two_theta" else None
    notes = []
    partner = None
    if tube and _has_alpha2(axis, intensity, intensity_sigma, tube):
        partner = Partner(tube.alpha2_position, INTENSITY_RATIO)
        wavelength = tube.alpha1
        notes.append(f"Lines were fitted as {tube.anode} K-alpha doublets; positions are those of K-alpha1.")
    found = find_pattern_peaks(axis, intensity, intensity_sigma, partner)
    if tube:
        found = _without_beta(found, tube, notes)
    if len(found) < MIN_PEAKS:
        raise InputError(f"{source}: {len(found)} lines found in the pattern; at least {MIN_PEAKS} are needed.")
    notes.insert(0, f"{len(found)} lines were found in a pattern of {len(axis)} points.")
    peaks = _peak_list(found, axis_unit, wavelength, source)
    order = slice(None) if axis_unit != "d" else slice(None, None, -1)
    pattern = Pattern(to_q2(axis, axis_unit, wavelength)[order], intensity[order])
    return with_notes(replace(peaks, unit=unit, pattern=pattern), tuple(notes))


def _without_origin(x, intensity, intensity_sigma):
    """Patterns may begin at or below zero angle, where there are no lines."""
    kept = ~(x <= 1e-3 * np.nanmax(x))
    return x[kept], intensity[kept], None if intensity_sigma is None else intensity_sigma[kept]


def _check_intensity(intensity: np.ndarray, source: str) -> None:
    wrong = ~np.isfinite(intensity)
    if wrong.any():
        raise InputError(f"{source}: intensity {np.argmax(wrong) + 1} is not a finite number; correct or remove it.")
    if np.ptp(intensity) == 0:
        raise InputError(f"{source}: the pattern is flat; it has no lines.")


def _bin_centres(q: np.ndarray) -> np.ndarray:
    """Centres of the bins of ``cctbx.xfel.powder_from_spots``.

    It parts the range of q = 1/d into n bins and labels the bins with n points from the first to the last end of the
    range, so that labels are half a bin too low at the one end and half a bin too high at the other.
    """
    n, low, span = len(q), q.min(), np.ptp(q)
    return low + (q - low) * (n - 1) / n + span / (2 * n)


def _usable(intensity_sigma: np.ndarray | None) -> np.ndarray | None:
    """Standard errors where all are positive, which a fit can weigh with; None otherwise."""
    if intensity_sigma is None or not np.all(np.isfinite(intensity_sigma) & (intensity_sigma > 0)):
        return None
    return intensity_sigma


def _ascending(axis, intensity, intensity_sigma, source):
    if axis[0] > axis[-1]:
        axis, intensity = axis[::-1], intensity[::-1]
        intensity_sigma = None if intensity_sigma is None else intensity_sigma[::-1]
    wrong = np.diff(axis) <= 0
    if wrong.any():
        first = int(np.argmax(wrong))
        raise InputError(
            f"{source}: the pattern is not in order near {axis[first]:g}; keep one scan per file, in order."
        )
    return axis, intensity, intensity_sigma


def _has_alpha2(two_theta, intensity, intensity_sigma, tube: Tube) -> bool:
    """Whether the pattern has Kα2, as a tube's has unless the resolved lines show that it was removed."""
    sigma = noise(intensity) if intensity_sigma is None else intensity_sigma
    ratio = partner_ratio(two_theta, find_maxima(intensity, sigma), tube.alpha2_position)
    return ratio is None or ratio > MIN_PARTNER_RATIO


def _without_beta(found: FoundPeaks, tube: Tube, notes: list[str]) -> FoundPeaks:
    """Leave out weak lines that lie where the Kβ line of a strong one does."""
    beta = tube.beta_position(found.position)
    distance = np.abs(found.position[:, np.newaxis] - beta)
    much_weaker = found.height[:, np.newaxis] < MAX_BETA_RATIO * found.height
    is_beta = np.any((distance < found.fwhm[:, np.newaxis] / 2) & much_weaker, axis=1)
    if not is_beta.any():
        return found
    places = ", ".join(f"{position:.2f}" for position in found.position[is_beta])
    notes.append(f"Left out as {tube.anode} K-beta lines of strong lines: two-theta = {places}.")
    return FoundPeaks(**{name: values[~is_beta] for name, values in vars(found).items()})


def _peak_list(found: FoundPeaks, unit: str, wavelength: float | None, source: str) -> PeakList:
    q2 = to_q2(found.position, unit, wavelength)
    fitted = sigma_to_q2(found.sigma, found.position, unit, wavelength)
    systematic = FLOOR_Q2 if wavelength is None else default_sigma(q2, wavelength)
    order = np.argsort(q2)
    return PeakList(
        q2=q2[order],
        sigma=np.hypot(fitted, systematic)[order],
        intensity=found.area[order],
        wavelength=wavelength,
        sigma_measured=wavelength is None,
        source=source,
        notes=() if wavelength is None else (describe_default(q2, wavelength),),
    )
