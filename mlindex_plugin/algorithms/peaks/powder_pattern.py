"""The powder pattern of spots: a kernel density whose bandwidth follows the resolution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from mlindex_plugin.algorithms.peaks.peak_list import Pattern
from mlindex_plugin.algorithms.peaks.spot_widths import WidthModel
from mlindex_plugin.algorithms.peaks.spots import Spots

STEP = 0.2  # grid step in line widths


@dataclass(frozen=True)
class Resolution:
    """The coordinate u in which lines are equally wide: du = dq / s(q), s(q) the typical width at q.

    Attributes
    ----------
    knots_q, knots_s : numpy.ndarray, shape (k,)
        Typical width s(q), 1/Å, at ascending q.
    grid_q : numpy.ndarray, shape (m,)
        q at u = 0, STEP, 2 STEP ...
    """

    knots_q: np.ndarray
    knots_s: np.ndarray
    grid_q: np.ndarray

    def width(self, q):
        """Typical width at q, 1/Å."""
        return np.interp(q, self.knots_q, self.knots_s)

    def u(self, q):
        """q in units of the local width, from the start of the grid."""
        return np.interp(q, self.grid_q, STEP * np.arange(len(self.grid_q)))

    @classmethod
    def of(cls, q, width):
        """From spots: `q` ascending and their widths, both of shape (n,)."""
        edges = np.linspace(0, len(q), min(60, max(2, len(q) // 20)) + 1).astype(int)
        knots_q = np.array([np.median(q[a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)])
        knots_s = np.array([np.median(width[a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)])
        start, end = max(q[0] - 20 * knots_s[0], 1e-6), q[-1] + 20 * knots_s[-1]
        fine = np.linspace(start, end, int(np.ceil((end - start) / (STEP * knots_s.min()))) + 2)
        u = np.concatenate([[0.0], np.cumsum(np.diff(fine) / np.interp(fine[1:], knots_q, knots_s))])
        return cls(knots_q, knots_s, np.interp(np.arange(0, u[-1], STEP), u, fine))


@dataclass(frozen=True)
class SpotData:
    """Spots sorted by q with what the fits need at hand."""

    spots: Spots
    widths: WidthModel
    q: np.ndarray
    width: np.ndarray
    resolution: Resolution

    @classmethod
    def of(cls, spots, widths):
        """From spots sorted by q."""
        q, width = spots.q, widths(spots)
        return cls(spots, widths, q, width, Resolution.of(q, width))


def spot_density(q, width, resolution, weight=None):
    """Kernel density of spots on the grid of `resolution`.

    Parameters
    ----------
    q, width : numpy.ndarray, shape (n,)
        Spots and their widths, 1/Å.
    resolution : Resolution
    weight : numpy.ndarray, shape (n,), optional
        What each spot counts; one by default.

    Returns
    -------
    numpy.ndarray, shape (m,)
        Spots per unit of u at ``resolution.grid_q``.
    """
    m = len(resolution.grid_q)
    cell = np.clip(np.rint(resolution.u(q) / STEP).astype(int), 0, m - 1)
    relative = np.log2(width / resolution.width(q))
    classes = np.clip(np.rint(2 * relative), -6, 6).astype(int)
    weight = np.ones(len(q)) if weight is None else weight
    total = np.zeros(m)
    for k in np.unique(classes):
        counts = np.bincount(cell[classes == k], weight[classes == k], m)
        total += gaussian_filter1d(counts, 2.0 ** (k / 2) / STEP, mode="constant")
    return total / STEP


def as_pattern(resolution, values):
    """The density as spots per 1/Å² over q2, for the report."""
    q = resolution.grid_q
    return Pattern(q2=q * q, intensity=values / (resolution.width(q) * 2 * q))
