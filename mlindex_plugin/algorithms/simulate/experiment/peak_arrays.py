"""Simulated peaks of many patterns, in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NOT_A_LINE = -1
ONE_PEAK = 1e-6  # of two positions closer than this part of q2 a list has one


@dataclass(frozen=True)
class PeakArrays:
    """Peaks of n patterns, at most m each, ascending; zeros where `mask` is False.

    Attributes
    ----------
    q2 : numpy.ndarray, shape (n, m)
        1/Å².
    intensity : numpy.ndarray, shape (n, m)
    mask : numpy.ndarray of bool, shape (n, m)
    line : numpy.ndarray of int, shape (n, m)
        Column of each peak's line in the lines given, the strongest one of those it unites; -1 for a contaminant.
    true_q2 : numpy.ndarray, shape (n, m)
        Exact position of that line in 1/Å²; of a contaminant, its exact position before zero shift and scale.
    """

    q2: np.ndarray
    intensity: np.ndarray
    mask: np.ndarray
    line: np.ndarray
    true_q2: np.ndarray

    def __len__(self) -> int:
        return len(self.q2)


def arrange(peaks: PeakArrays, n_peaks: int | None = None) -> PeakArrays:
    """Order the peaks of each pattern, keep one of those that fall together, and the `n_peaks` lowest."""
    peaks = _take(peaks, np.argsort(np.where(peaks.mask, peaks.q2, np.inf), axis=1, kind="stable"))
    together = np.zeros_like(peaks.mask)
    together[:, 1:] = np.diff(peaks.q2, axis=1) <= ONE_PEAK * peaks.q2[:, 1:]
    mask = peaks.mask & ~together
    peaks = PeakArrays(peaks.q2, peaks.intensity, mask, peaks.line, peaks.true_q2)
    peaks = _take(peaks, np.argsort(~mask, axis=1, kind="stable")[:, :n_peaks])
    return PeakArrays(
        np.where(peaks.mask, peaks.q2, 0.0),
        np.where(peaks.mask, peaks.intensity, 0.0),
        peaks.mask,
        np.where(peaks.mask, peaks.line, NOT_A_LINE),
        np.where(peaks.mask, peaks.true_q2, 0.0),
    )


def join(parts: list[PeakArrays]) -> PeakArrays:
    """Peaks of several origins side by side, pattern by pattern."""
    names = ("q2", "intensity", "mask", "line", "true_q2")
    return PeakArrays(*(np.hstack([getattr(part, name) for part in parts]) for name in names))


def _take(peaks: PeakArrays, order: np.ndarray) -> PeakArrays:
    arrays = (peaks.q2, peaks.intensity, peaks.mask, peaks.line, peaks.true_q2)
    return PeakArrays(*(np.take_along_axis(values, order, axis=1) for values in arrays))
