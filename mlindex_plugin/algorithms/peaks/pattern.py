"""From a measured pattern to a peak list."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlindex_plugin.algorithms.peaks.assemble import MIN_PEAKS, with_notes
from mlindex_plugin.algorithms.peaks.emission import INTENSITY_RATIO, Doublet, find_doublet
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
        ``d``, ``two_theta``, ``q`` or ``q2``, as in `peaks_from_positions`.
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
        wavelength is that of a laboratory tube and the lines are doublets, only Kα1 is listed.

    Raises
    ------
    InputError
        If positions or intensities cannot be, or fewer than three lines are found.
    """
    check_unit(unit, source)
    if unit == "two_theta":
        x, intensity, intensity_sigma = _without_origin(x, intensity, intensity_sigma)
    check_positions(x, unit, wavelength, source)
    if not np.all(np.isfinite(intensity)):
        first = int(np.argmax(~np.isfinite(intensity)))
        raise InputError(f"{source}: intensity {first + 1} is not a finite number; correct or remove it.")
    if np.ptp(intensity) == 0:
        raise InputError(f"{source}: the pattern is flat; it has no lines.")
    on_q_grid = unit == "d" and is_reciprocal_grid(x)
    axis_unit, axis = ("q", 1 / x) if on_q_grid else (unit, x)
    axis, intensity, intensity_sigma = _ascending(axis, intensity, _usable(intensity_sigma), source)
    doublet = _doublet(axis, intensity, intensity_sigma, wavelength) if axis_unit == "two_theta" else None
    partner = Partner(doublet.partner, INTENSITY_RATIO) if doublet else None
    found = find_pattern_peaks(axis, intensity, intensity_sigma, partner)
    if len(found) < MIN_PEAKS:
        raise InputError(f"{source}: {len(found)} lines found in the pattern; at least {MIN_PEAKS} are needed.")
    notes = [f"{len(found)} lines were found in a pattern of {len(axis)} points."]
    if doublet:
        wavelength = doublet.alpha1
        notes.append(f"Lines were fitted as {doublet.anode} K-alpha doublets; positions are those of K-alpha1.")
    peaks = _peak_list(found, axis_unit, wavelength, source)
    order = slice(None) if axis_unit != "d" else slice(None, None, -1)
    pattern = Pattern(to_q2(axis, axis_unit, wavelength)[order], intensity[order])
    return with_notes(replace(peaks, unit=unit, pattern=pattern), tuple(notes))


def _without_origin(x, intensity, intensity_sigma):
    """Patterns may begin at or below two-theta = 0, where there are no lines."""
    kept = ~(x <= 0)
    return x[kept], intensity[kept], None if intensity_sigma is None else intensity_sigma[kept]


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


def _doublet(two_theta, intensity, intensity_sigma, wavelength: float) -> Doublet | None:
    """The doublet of the tube, unless the resolved lines show that Kα2 was removed."""
    doublet = find_doublet(wavelength)
    if doublet is None:
        return None
    sigma = noise(intensity) if intensity_sigma is None else intensity_sigma
    ratio = partner_ratio(two_theta, find_maxima(intensity, sigma), doublet.partner)
    return doublet if ratio is None or ratio > MIN_PARTNER_RATIO else None


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
