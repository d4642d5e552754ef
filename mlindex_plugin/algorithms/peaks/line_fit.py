"""Maximum-likelihood fit of powder lines to single spots: every spot has its own width, nothing is binned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from mlindex_plugin.algorithms.peaks.spot_widths import TAIL, profile

_FEW = 30.0  # spots below which the scatter of a line's own spots is no guide
_REPAIR = 10  # iterations after which spots and lines are paired anew
_SETTLED = 1e-8  # 1/Å, a hundredth of the error of the best lines
_REACH = 10.0  # widths; a spot further from a line than this is not of it


@dataclass(frozen=True)
class LineFit:
    """Lines on a background, fitted to spots.

    Attributes
    ----------
    q : numpy.ndarray, shape (m,)
        Line positions, 1/Å, ascending.
    counts : numpy.ndarray, shape (m,)
        Expected number of spots of each line.
    background : numpy.ndarray, shape (n,)
        Density of background spots at each spot, in spots per 1/Å.
    """

    q: np.ndarray
    counts: np.ndarray
    background: np.ndarray


class NearPairs:
    """The (spot, line) pairs close enough to matter."""

    def __init__(self, q, width, lines):
        reach = _REACH * width
        first = np.searchsorted(lines, q - reach)
        n_near = np.searchsorted(lines, q + reach) - first
        self.spot = np.repeat(np.arange(len(q)), n_near)
        within = np.arange(len(self.spot)) - np.repeat(np.cumsum(n_near) - n_near, n_near)
        self.line = np.repeat(first, n_near) + within
        self.q, self.width = q[self.spot], width[self.spot]
        self.n_spots, self.n_lines = len(q), len(lines)

    def per_line(self, values):
        return np.bincount(self.line, values, self.n_lines)

    def per_spot(self, values):
        return np.bincount(self.spot, values, self.n_spots)


def fit_lines(q, width, lines, counts, background, n_iterations=60):
    """Fit positions and counts of lines by expectation maximisation.

    The density of spots is ``background + sum_j counts_j t((q - q_j)/width)/width`` with the Student profile of
    `spot_widths` (EM for the t distribution: Liu & Rubin, 1995, Statistica Sinica 5, 19-39, section 2).

    Parameters
    ----------
    q, width, background : numpy.ndarray, shape (n,)
        Positions of the spots, 1/Å ascending, their widths, and the background density at each.
    lines, counts : numpy.ndarray, shape (m,)
        Start.
    n_iterations : int

    Returns
    -------
    LineFit
        Lines in ascending order; positions may have come together, see `merged` in `spot_peaks`.
    """
    for i in range(n_iterations):
        if i % _REPAIR == 0:
            order = np.argsort(lines)
            lines, counts = lines[order], counts[order]
            pairs = NearPairs(q, width, lines)
        share, offset = _shares(pairs, lines, counts, background)
        pull = share * (TAIL + 1) / (TAIL * pairs.width**2 + offset**2)
        total = pairs.per_line(pull)
        moved = np.where(total > 0, pairs.per_line(pull * pairs.q) / np.maximum(total, 1e-300), lines)
        counts = pairs.per_line(share)
        change = np.max(np.abs(moved - lines)[counts > 0.5], initial=0.0)
        lines = moved
        if change < _SETTLED:
            break
    order = np.argsort(lines)
    return LineFit(lines[order], counts[order], background)


def assignment(q, width, fit):
    """Spots assigned to lines.

    Returns
    -------
    spot, line : numpy.ndarray of int, shape (k,)
        The pairs of spot and line that are near each other.
    share : numpy.ndarray, shape (k,)
        Probability that the spot is of the line.
    offset : numpy.ndarray, shape (k,)
        Its distance from the line, 1/Å.
    """
    pairs = NearPairs(q, width, fit.q)
    share, offset = _shares(pairs, fit.q, fit.counts, fit.background)
    return pairs.spot, pairs.line, share, offset


def density(q, width, fit):
    """Fitted density at each spot, spots per 1/Å, shape (n,)."""
    pairs = NearPairs(q, width, fit.q)
    near = fit.counts[pairs.line] * profile((pairs.q - fit.q[pairs.line]) / pairs.width) / pairs.width
    return fit.background + pairs.per_spot(near)


def position_errors(q, width, fit):
    """Standard errors of the line positions.

    The sandwich A⁻¹BA⁻¹ of the observed information A and the scatter B of the scores (White, 1982, Econometrica 50,
    1-25, eq. 3.2), which holds where the profile is only nearly right; all positions and counts together, because lines
    that share spots are correlated. Lines of few spots, whose scatter says little, get at least the error B⁻¹ gives.

    Returns
    -------
    numpy.ndarray, shape (m,)
        1/Å.
    """
    spot, line, share, offset = assignment(q, width, fit)
    m = len(fit.q)
    counts = np.maximum(fit.counts, 1e-12)
    spread = TAIL * width[spot] ** 2 + offset**2
    pull = (TAIL + 1) * offset / spread  # derivative of the log profile with respect to the position
    bend = (TAIL + 1) * (2 * offset**2 - spread) / spread**2  # its second derivative
    scores = csr_matrix(
        (np.concatenate([share * pull, share / counts[line]]), (np.tile(spot, 2), np.concatenate([line, line + m]))),
        shape=(len(q), 2 * m),
    )
    scatter = (scores.T @ scores).toarray()
    information = scatter.copy()
    i = np.arange(m)
    information[i, i] -= np.bincount(line, share * (bend + pull**2), m)
    mixed = np.bincount(line, share * pull, m) / counts
    information[i, i + m] -= mixed
    information[i + m, i] -= mixed

    scale = np.sqrt(np.maximum(np.diag(scatter), 1e-300))
    scatter /= np.outer(scale, scale)
    inverse = np.linalg.pinv(information / np.outer(scale, scale), rcond=1e-8, hermitian=True)
    sandwich = np.sqrt(np.maximum(np.diag(inverse @ scatter @ inverse), 0))[:m] / scale[:m]
    plain = np.sqrt(np.maximum(np.diag(np.linalg.pinv(scatter, rcond=1e-8, hermitian=True)), 0))[:m] / scale[:m]
    return np.where(fit.counts < _FEW, np.maximum(sandwich, plain), sandwich)


def _shares(pairs, lines, counts, background):
    offset = pairs.q - lines[pairs.line]
    near = counts[pairs.line] * profile(offset / pairs.width) / pairs.width
    return near / (background + pairs.per_spot(near))[pairs.spot], offset
