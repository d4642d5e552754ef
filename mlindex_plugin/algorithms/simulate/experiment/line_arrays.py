"""Lines of many patterns as rectangular arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlindex_plugin.errors import InputError


@dataclass(frozen=True)
class LineArrays:
    """Lines of n patterns, at most m each.

    Attributes
    ----------
    q2 : numpy.ndarray, shape (n, m)
        1/Å², ascending in each row where `mask` is set.
    intensity : numpy.ndarray, shape (n, m)
        Integrated, one scale a row.
    mask : numpy.ndarray of bool, shape (n, m)
        False where a row has no line.

    Raises
    ------
    InputError
        If the shapes differ, or a position or intensity that `mask` keeps cannot be.
    """

    q2: np.ndarray
    intensity: np.ndarray
    mask: np.ndarray

    def __post_init__(self):
        if self.q2.ndim != 2 or self.intensity.shape != self.q2.shape or self.mask.shape != self.q2.shape:
            raise InputError("Lines: q2, intensity and mask must be two-dimensional and of one shape.")
        q2, intensity = self.q2[self.mask], self.intensity[self.mask]
        if not (np.isfinite(q2).all() and (q2 > 0).all()):
            raise InputError("Lines: every q2 must be a positive finite number.")
        row = np.nonzero(self.mask)[0]
        if (np.diff(q2) < 0)[np.diff(row) == 0].any():
            raise InputError("Lines: q2 must be in ascending order.")
        if not (np.isfinite(intensity).all() and (intensity >= 0).all()):
            raise InputError("Lines: every intensity must be zero or a positive finite number.")

    def __len__(self) -> int:
        return len(self.q2)


def stack_lines(patterns: Sequence) -> LineArrays:
    """Pad the lines of several patterns to one length.

    Parameters
    ----------
    patterns : sequence of Lines
        Anything with ``q2`` and ``intensity`` of equal length.

    Returns
    -------
    LineArrays
        Padded with zeros at the end of the rows.
    """
    shape = (len(patterns), max((len(lines.q2) for lines in patterns), default=0))
    q2, intensity, mask = np.zeros(shape), np.zeros(shape), np.zeros(shape, bool)
    for row, lines in enumerate(patterns):
        n = len(lines.q2)
        q2[row, :n], intensity[row, :n], mask[row, :n] = lines.q2, lines.intensity, True
    return LineArrays(q2, intensity, mask)
