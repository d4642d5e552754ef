"""How often an allowed line is observed: the first observed line, and the acceptance of the following ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit
from scipy.interpolate import RegularGridInterpolator

from mlindex_plugin.algorithms.simulate.calculated_pattern import BETA_0, BETA_1, Q2_MIN
from mlindex_plugin.algorithms.simulate.entry_lines import N_LINES
from mlindex_plugin.errors import InputError

N_Q2_BINS = 20
N_GAP_BINS = 12
N_VOLUME_BINS = 5
# Opportunities of the wider bin (all volumes, then all distances) that a bin counts as its own: steadies small bins.
_PRIOR = 5.0
_FWHM = 2 * np.sqrt(2 * np.log(2))
_UNRESOLVED = 1 / 1.5  # of the full width at half maximum
_MAX_FIRST = 200

FIRST, BLOCKED, FREE, SHARED = range(4)


def unresolved_distance(q2, broadening) -> np.ndarray:
    """Distance in 1/Å² below which two lines give one peak: FWHM / 1.5, the standard deviation being β0 + β1 q2."""
    return _UNRESOLVED * _FWHM * broadening * (BETA_0 + BETA_1 * np.asarray(q2))


def gaps(q2) -> np.ndarray:
    """Distance of each line to the nearest other one, 1/Å²; inf for a line alone."""
    steps = np.diff(q2)
    return np.minimum(np.concatenate([[np.inf], steps]), np.concatenate([steps, [np.inf]]))


@njit(cache=True)
def line_cases(q2, observed, reach):
    """The case of each line, stepping through the allowed ones, given those observed.

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n,)
        Allowed lines, ascending.
    observed : numpy.ndarray of bool, shape (n,)
    reach : numpy.ndarray, shape (n,)
        `unresolved_distance` of each.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        FIRST up to the first observed line; BLOCKED within reach of the observed line before; SHARED within reach of
        the allowed line behind; FREE otherwise.
    """
    cases = np.full(len(q2), FIRST)
    previous = -1.0
    for i in range(len(q2)):
        if previous >= 0:
            if q2[i] - previous < reach[i]:
                cases[i] = BLOCKED
            elif i + 1 < len(q2) and q2[i + 1] - q2[i] < reach[i]:
                cases[i] = SHARED
            else:
                cases[i] = FREE
        if observed[i]:
            previous = q2[i]
    return cases


@dataclass(frozen=True)
class LineStatistics:
    """Which of the allowed lines are observed, for one Bravais lattice and one broadening.

    Attributes
    ----------
    broadening : float
    first : numpy.ndarray, shape (m,)
        Cumulative distribution of the index of the first observed line among the allowed ones above 2θ = 2°.
    q2_nodes : numpy.ndarray, shape (N_Q2_BINS,)
        1/Å², ascending.
    gap_nodes : numpy.ndarray, shape (N_GAP_BINS,)
        Logarithms of distances to the nearest allowed line in 1/Å², ascending.
    volume_nodes : numpy.ndarray, shape (N_VOLUME_BINS,)
        Logarithms of cell volumes in Å³, ascending.
    acceptance : numpy.ndarray, shape (N_Q2_BINS, N_GAP_BINS, N_VOLUME_BINS)
        ρ_acc at the nodes.
    """

    broadening: float
    first: np.ndarray
    q2_nodes: np.ndarray
    gap_nodes: np.ndarray
    volume_nodes: np.ndarray
    acceptance: np.ndarray

    @classmethod
    def fit(cls, allowed, observed, volumes, broadening) -> LineStatistics:
        """Statistics of training entries.

        Of each list the lines are stepped through as in resampling, with the observed lines as those selected. A line
        of case FREE is one opportunity for ρ_acc, one of case SHARED half an opportunity, one BLOCKED none: ρ_acc is
        the number observed over the opportunities, so that resampling gives the observed rates back.

        Parameters
        ----------
        allowed : list of numpy.ndarray
            q2 of the allowed lines of each entry, 1/Å², ascending and complete.
        observed : list of numpy.ndarray
            q2 of the observed ones, ascending.
        volumes : sequence of float
            Of the cells, Å³.
        broadening : float

        Returns
        -------
        LineStatistics

        Raises
        ------
        InputError
            If nothing is observed behind a first line.
        """
        first_index, table = line_table(allowed, observed, volumes, broadening)
        if not table[:, 4].any():
            raise InputError("Line statistics: no line is observed behind a first one; give more training entries.")
        q2, gap, volume, cases, seen = table.T
        opportunities = np.where(cases == FREE, 1.0, np.where(cases == SHARED, 0.5, 0.0))
        points = np.stack([q2, np.log(gap), np.log(volume)])
        nodes, acceptance = _acceptance(points, opportunities, seen * (opportunities > 0))
        counts = np.bincount(np.minimum(first_index, _MAX_FIRST))
        return cls(float(broadening), np.cumsum(counts) / counts.sum(), *nodes, acceptance)

    def first_line(self, u) -> int:
        """Index of the first observed line at a quantile `u`, 0 <= u < 1."""
        return int(np.searchsorted(self.first, u, side="right"))

    def rho(self, q2, gap, volume) -> np.ndarray:
        """Acceptance of lines.

        Parameters
        ----------
        q2, gap, volume : numpy.ndarray, shape (n,)
            Position and distance to the nearest allowed line, 1/Å², and volume of the cell, Å³. Beyond the outermost
            nodes the acceptance is that of the nodes.

        Returns
        -------
        numpy.ndarray, shape (n,)
        """
        points = np.stack([q2, np.log(gap), np.log(volume)], axis=-1)
        return self._interpolator(np.clip(points, *self._corners))

    @cached_property
    def _interpolator(self):
        return RegularGridInterpolator((self.q2_nodes, self.gap_nodes, self.volume_nodes), self.acceptance)

    @cached_property
    def _corners(self):
        nodes = (self.q2_nodes, self.gap_nodes, self.volume_nodes)
        return [axis[0] for axis in nodes], [axis[-1] for axis in nodes]


def line_table(allowed, observed, volumes, broadening) -> tuple[np.ndarray, np.ndarray]:
    """What stepping through the allowed lines of entries meets; parameters as of `LineStatistics.fit`.

    Returns
    -------
    first_index : numpy.ndarray of int, shape (n,)
        Of each entry with an observed line, among the allowed lines above 2θ = 2°.
    table : numpy.ndarray, shape (m, 5)
        A row for each line behind the first observed one, as far as the list is complete: q2 and distance to the
        nearest allowed line in 1/Å², volume of the cell in Å³, case, whether it is observed.
    """
    first_index, rows = [], [np.empty((0, 5))]
    for lines, seen_lines, volume in zip(allowed, observed, volumes, strict=True):
        lines = lines[lines >= Q2_MIN]
        seen = mark_observed(lines, seen_lines)
        if not seen.any():
            continue
        first_index.append(int(np.argmax(seen)))
        cases = line_cases(lines, seen, unresolved_distance(lines, broadening))
        used = cases != FIRST
        used[-1] = False  # its neighbour behind is not known
        if np.count_nonzero(seen) >= N_LINES:
            used[np.flatnonzero(seen)[-1] :] = False  # the list was cut there
        rows.append(np.stack([lines, gaps(lines), np.full(len(lines), volume), cases, seen], axis=1)[used])
    return np.array(first_index, dtype=int), np.concatenate(rows)


def mark_observed(allowed, observed) -> np.ndarray:
    """Which of the allowed lines are observed, shape (n,): the nearest to each observed one."""
    marks = np.zeros(len(allowed), dtype=bool)
    if len(allowed):
        right = np.clip(np.searchsorted(allowed, observed), 1, max(len(allowed) - 1, 1))
        right = np.minimum(right, len(allowed) - 1)
        left = np.maximum(right - 1, 0)
        nearest = np.where(np.abs(allowed[left] - observed) <= np.abs(allowed[right] - observed), left, right)
        marks[nearest[observed <= allowed[-1] * (1 + 1e-9)]] = True
    return marks


def _acceptance(points, opportunities, seen):
    """Nodes of each axis of `points`, shape (3, n), and the rates there."""
    weights = opportunities / opportunities.sum() + seen / seen.sum()
    edges = [_edges(axis, weights, n) for axis, n in zip(points, (N_Q2_BINS, N_GAP_BINS, N_VOLUME_BINS), strict=True)]
    chances, _ = np.histogramdd(points.T, edges, weights=opportunities)
    hits, _ = np.histogramdd(points.T, edges, weights=seen)
    any_gap = _shrunk(hits.sum(axis=(1, 2)), chances.sum(axis=(1, 2)), hits.sum() / chances.sum())
    any_volume = _shrunk(hits.sum(axis=2), chances.sum(axis=2), any_gap[:, None])
    rates = _shrunk(hits, chances, any_volume[:, :, None])
    return [_nodes(axis, weights, bins) for axis, bins in zip(points, edges, strict=True)], rates


def _shrunk(hits, chances, expected):
    """Rates, pulled towards what is expected where there were few chances."""
    return np.clip((hits + _PRIOR * expected) / (chances + _PRIOR), 0.0, 1.0)


def _edges(values, weights, n):
    """Edges of bins of equal weight, the outer ones holding everything."""
    order = np.argsort(values, kind="stable")
    share = np.cumsum(weights[order]) / weights.sum()
    edges = values[order][np.minimum(np.searchsorted(share, np.linspace(0, 1, n + 1)), len(values) - 1)]
    edges[0], edges[-1] = values.min(), values.max()
    return _ascending(edges)


def _nodes(values, weights, edges):
    """Mean of each bin."""
    totals, _ = np.histogram(values, edges, weights=weights)
    sums, _ = np.histogram(values, edges, weights=weights * values)
    centres = (edges[1:] + edges[:-1]) / 2
    return _ascending(np.where(totals > 0, sums / np.where(totals > 0, totals, 1.0), centres))


def _ascending(values):
    """The values, each at least a little above the one before."""
    least = 1e-9 * (1 + np.abs(values).max())
    steps = least * np.arange(len(values))
    return np.maximum.accumulate(values - steps) + steps
