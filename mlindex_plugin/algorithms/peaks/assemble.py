"""From positions in any unit to a valid `PeakList`: conversion, sorting, merging, standard errors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mlindex_plugin.algorithms.peaks.error_model import default_sigma, describe_added, describe_default
from mlindex_plugin.algorithms.peaks.peak_list import PeakList
from mlindex_plugin.algorithms.peaks.units import check_positions, check_unit, sigma_to_q2, to_q2
from mlindex_plugin.errors import InputError

MIN_PEAKS = 3  # the one parameter of a cubic lattice plus two
SAME = 1e-9  # relative difference in q2 of positions that are one line listed twice


@dataclass(frozen=True)
class _Lines:
    """Columns that are sorted and merged together; `given` is False where an error is the default model's."""

    q2: np.ndarray
    sigma: np.ndarray
    given: np.ndarray
    intensity: np.ndarray | None


def peaks_from_positions(
    positions,
    unit: str,
    wavelength: float | None = None,
    sigma=None,
    intensity=None,
    source: str = "peaks",
    rounding: float = 0.0,
) -> PeakList:
    """Make a peak list from line positions.

    Positions are converted to q2, sorted, and equal ones merged; `PeakList.notes` says so.

    Parameters
    ----------
    positions : array_like, shape (n,)
        In `unit`, in any order.
    unit : str
        ``d`` (Å), ``two_theta`` (degrees), ``q`` = 1/d (1/Å) or ``q2`` = 1/d² (1/Å²).
    wavelength : float or None
        Å; needed for ``two_theta``.
    sigma : array_like, shape (n,), or None
        Standard errors in `unit`. A zero is replaced by the default model's error, see
        `mlindex_plugin.algorithms.peaks.error_model`. With a wavelength that model's are added in quadrature, as for
        patterns: the fit of a peak does not see a zero shift or a displaced sample.
    intensity : array_like, shape (n,), or None
    source : str
        File name, for messages.
    rounding : float
        Standard error, in `unit`, of the decimals that were cut off; added in quadrature.

    Returns
    -------
    PeakList

    Raises
    ------
    InputError
        For an unknown unit, a missing wavelength, fewer than three positions, a position or error that cannot be, or
        columns of different length.
    """
    check_unit(unit, source)
    positions = _column(positions, "positions", source)
    if len(positions) < MIN_PEAKS:
        raise InputError(f"{source}: {len(positions)} peaks are too few; at least {MIN_PEAKS} are needed.")
    check_positions(positions, unit, wavelength, source)
    q2 = to_q2(positions, unit, wavelength)
    notes = []
    if sigma is None:
        error, given = default_sigma(q2, wavelength), np.zeros(len(q2), bool)
        notes.append(describe_default(q2, wavelength))
    else:
        error, given = _given_sigma(_column(sigma, "sigma", source, len(q2)), positions, unit, wavelength, source)
        if not given.all():
            notes.append(f"{np.sum(~given)} standard errors of zero were replaced by the default error model's.")
        if wavelength is not None:
            error, given = (
                np.where(given, np.hypot(error, default_sigma(q2, wavelength)), error),
                np.zeros(len(q2), bool),
            )
            notes.append(describe_added(wavelength))
    error = np.hypot(error, sigma_to_q2(np.full_like(q2, rounding), positions, unit, wavelength))
    counts = None if intensity is None else _column(intensity, "intensity", source, len(q2))
    if counts is not None and not np.isfinite(counts).all():
        counts = None
        notes.append("Intensities are not used, since some are missing.")
    lines = _sort(_Lines(q2, error, given, counts), notes)
    lines = _merge(lines, notes)
    if len(lines.q2) < MIN_PEAKS:
        raise InputError(f"{source}: {len(lines.q2)} different peaks are too few; at least {MIN_PEAKS} are needed.")
    return PeakList(
        q2=lines.q2,
        sigma=lines.sigma,
        intensity=lines.intensity,
        wavelength=wavelength,
        unit=unit,
        sigma_measured=bool(lines.given.all()),
        source=source,
        notes=tuple(notes),
    )


def with_notes(peaks: PeakList, notes: tuple[str, ...]) -> PeakList:
    """`peaks` with `notes` in front of its own."""
    return replace(peaks, notes=(*notes, *peaks.notes))


def _column(values, name: str, source: str, length: int | None = None) -> np.ndarray:
    try:
        column = np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{source}: {name} must be numbers.") from None
    if column.ndim != 1:
        raise InputError(f"{source}: {name} must be one-dimensional, not of shape {column.shape}.")
    if length is not None and len(column) != length:
        raise InputError(f"{source}: {len(column)} values of {name} do not fit {length} positions.")
    return column


def _given_sigma(sigma, positions, unit, wavelength, source) -> tuple[np.ndarray, np.ndarray]:
    """Errors in q2 and a mask of those that the source gave; zeros are the default model's."""
    wrong = ~np.isfinite(sigma) | (sigma < 0)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise InputError(
            f"{source}: sigma of position {first + 1} is {sigma[first]:g}; give a positive number, or 0 for unknown."
        )
    large = sigma >= positions
    if large.any():
        first = int(np.argmax(large))
        raise InputError(
            f"{source}: sigma = {sigma[first]:g} is not below its position {positions[first]:g}; "
            "correct the column or its name."
        )
    given = sigma > 0
    default = default_sigma(to_q2(positions, unit, wavelength), wavelength)
    return np.where(given, sigma_to_q2(sigma, positions, unit, wavelength), default), given


def _take(lines: _Lines, index: np.ndarray) -> _Lines:
    intensity = None if lines.intensity is None else lines.intensity[index]
    return _Lines(lines.q2[index], lines.sigma[index], lines.given[index], intensity)


def _sort(lines: _Lines, notes: list[str]) -> _Lines:
    order = np.argsort(lines.q2, kind="stable")
    if np.array_equal(order, np.arange(len(order))):
        return lines
    notes.append("The positions were not in order of increasing angle and have been sorted.")
    return _take(lines, order)


def _merge(lines: _Lines, notes: list[str]) -> _Lines:
    """Keep the best known of equal positions, with the largest of their intensities."""
    first = np.append(True, np.diff(lines.q2) > SAME * lines.q2[1:])
    n_merged = int(np.sum(~first))
    if n_merged == 0:
        return lines
    notes.append(f"{n_merged} positions were listed twice and have been merged.")
    group = np.cumsum(first) - 1
    best = np.lexsort((lines.sigma, ~lines.given, group))
    merged = _take(lines, best[np.flatnonzero(first)])
    if lines.intensity is None:
        return merged
    return replace(merged, intensity=np.maximum.reduceat(lines.intensity, np.flatnonzero(first)))
