"""Powder lines in spots: which ones there are, where they are, and how well that is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.stats import theilslopes

from mlindex_plugin.algorithms.peaks.line_fit import LineFit, _Pairs, assignment, density, fit_lines, position_errors
from mlindex_plugin.algorithms.peaks.powder_pattern import STEP, Resolution, spot_density
from mlindex_plugin.algorithms.peaks.spots import Spots
from mlindex_plugin.algorithms.peaks.spot_widths import TAIL, log_scales, profile, widths_from_lines

MOST_LINES = 100  # no search uses more
_EVIDENCE = 12.0  # log likelihood ratio a line needs; its chance value is about 1 in 10^6 per position, 1 in 10^3 per pattern
_WINGS = 1.5  # a line beside another has to stand out of the other's density times this
_BACKGROUND_SPAN = 150.0  # widths over which the background is taken as flat
_NEIGHBOURS = 5.0  # widths within which two lines have to prove that they are two
_BROAD = 1.15  # breadth from which a line may be two
_SPLIT_EVIDENCE = 10.0  # log likelihood ratio that two lines need against one broad line
_OVERLAP = 0.5  # position error of an overlapped line, in units of the broadening it shows
_HIDDEN = 0.03  # widths; position error that overlap too slight to show may cause
_CLOSEST = 1.2  # widths; lines closer together are one line
_FEWEST_SHOTS = 3


@dataclass(frozen=True)
class Lines:
    """Powder lines found in spots.

    Attributes
    ----------
    q, sigma : numpy.ndarray, shape (m,)
        Positions and standard errors, 1/Å, ascending.
    counts : numpy.ndarray, shape (m,)
        Spots of the line.
    breadth : numpy.ndarray, shape (m,)
        Width of the line over the width expected of a single line.
    """

    q: np.ndarray
    sigma: np.ndarray
    counts: np.ndarray
    breadth: np.ndarray


def fit_pattern(spots, widths, n_lines=MOST_LINES):
    """Find and fit the first lines.

    Parameters
    ----------
    spots : Spots
    widths : WidthModel
        First estimate.
    n_lines : int
        Where to stop.

    Returns
    -------
    data : SpotData
        The spots up to just beyond the last line, with their widths.
    fit : LineFit
    """
    data = SpotData.of(spots.select(np.argsort(spots.q)), widths)
    fit = _empty(data)
    for round_ in range(6):
        fit = _add_lines(data, fit)
        fit = _pruned(data, fit)
        if len(fit.q) > n_lines:
            data, fit = _cut(data, fit, n_lines)
        if round_ >= 2:
            fit = _merged_lines(data, _split_lines(data, fit))
        if round_ in (1, 3) and len(fit.q) >= 3:
            widths = _refined(data, fit, widths)
            data = SpotData.of(data.spots, widths)
    return data, fit


@dataclass(frozen=True)
class SpotData:
    """Spots sorted by q with what the fits need at hand."""

    spots: Spots
    q: np.ndarray
    width: np.ndarray
    resolution: Resolution

    @classmethod
    def of(cls, spots, widths):
        """From spots sorted by q."""
        q, width = spots.q, widths(spots)
        return cls(spots, q, width, Resolution.of(q, width))


def _empty(data):
    fit = LineFit(np.empty(0), np.empty(0), np.zeros(len(data.q)))
    return replace(fit, background=_background(data, fit))


def _background(data, fit):
    """Local mean of the spots that belong to no line, per 1/Å at each spot."""
    free = np.ones(len(data.q))
    if len(fit.q):
        spot, _, share, _ = assignment(data.q, data.width, fit)
        free -= np.bincount(spot, share, len(data.q))
    m = len(data.resolution.grid_q)
    cell = np.clip(np.rint(data.resolution.u(data.q) / STEP).astype(int), 0, m - 1)
    counts = np.bincount(cell, np.maximum(free, 0), m)
    size = int(_BACKGROUND_SPAN / STEP)
    inside = uniform_filter1d(np.ones(m), size, mode="constant")
    mean = uniform_filter1d(counts, size, mode="constant") / inside
    floor = 0.5 / size  # half a spot in the span: no spots is no proof of no background
    return np.maximum(mean[cell], floor) / STEP / data.resolution.width(data.q)


def _add_lines(data, fit):
    """Add the lines that the spots not yet explained call for, and fit all."""
    inflated = replace(fit, counts=_WINGS * fit.counts)
    base = density(data.q, data.width, inflated)
    unexplained = fit.background / base
    values = spot_density(data.q, data.width, data.resolution, unexplained)
    peak = np.flatnonzero((values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:]) & (values[1:-1] > 0.5)) + 1
    candidates = data.resolution.grid_q[peak]
    counts, evidence, shots = _evidence(data, candidates, base)
    good = (evidence > _EVIDENCE) & (shots >= _FEWEST_SHOTS)
    candidates, counts, evidence = candidates[good], counts[good], evidence[good]
    chosen = []
    taken = list(data.resolution.u(fit.q))
    for i in np.argsort(-evidence):
        place = data.resolution.u(candidates[i])
        if all(abs(place - other) > _CLOSEST for other in taken):
            taken.append(place)
            chosen.append(i)
    lines, counts = np.concatenate([fit.q, candidates[chosen]]), np.concatenate([fit.counts, counts[chosen]])
    return _fitted(data, lines, counts, fit.background)


def _fitted(data, lines, counts, background):
    for _ in range(3):
        fit = fit_lines(data.q, data.width, lines, counts, background)
        lines, counts, background = fit.q, fit.counts, _background(data, fit)
    return replace(fit, background=background)


def _evidence(data, candidates, base):
    """What a line at each candidate position would explain beyond the density `base`.

    Returns
    -------
    counts : numpy.ndarray
        Most likely number of spots.
    evidence : numpy.ndarray
        Log likelihood ratio of that number against none.
    shots : numpy.ndarray of int
        Shots that the spots come from.
    """
    pairs = _Pairs(data.q, data.width, candidates)
    gain = profile((pairs.q - candidates[pairs.line]) / pairs.width) / pairs.width / base[pairs.spot]
    counts = np.full(len(candidates), 5.0)
    for _ in range(30):
        share = counts[pairs.line] * gain
        counts = pairs.per_line(share / (1 + share))
    share = counts[pairs.line] * gain
    evidence = pairs.per_line(np.log1p(share)) - counts
    own = share > 1
    seen = np.unique(np.column_stack([pairs.line[own], data.spots.shot[pairs.spot[own]]]), axis=0)
    return counts, evidence, np.bincount(seen[:, 0], minlength=len(candidates))


def _pruned(data, fit):
    """Without the lines that came together or that the others explain."""
    while len(fit.q):
        spot, line, share, _ = assignment(data.q, data.width, fit)
        removed = np.maximum(1 - share, 1e-12)
        evidence = np.bincount(line, -np.log(removed), len(fit.q)) - fit.counts
        gap = np.diff(data.resolution.u(fit.q))
        close = np.concatenate([gap < _CLOSEST, [False]])
        close[1:] |= (gap < _CLOSEST) & (fit.counts[1:] < fit.counts[:-1])
        close[:-1] &= ~((gap < _CLOSEST) & (fit.counts[1:] < fit.counts[:-1]))
        own = share > 0.5
        seen = np.unique(np.column_stack([line[own], data.spots.shot[spot[own]]]), axis=0)
        shots = np.bincount(seen[:, 0], minlength=len(fit.q))
        bad = close | (evidence < _EVIDENCE) | (shots < _FEWEST_SHOTS)
        if not bad.any():
            break
        fit = _fitted(data, fit.q[~bad], fit.counts[~bad], fit.background)
    return fit


def line_breadths(data, fit):
    """Width of each line over the width expected of its spots, shape (m,); about 1 for a single line."""
    spot, line, share, offset = assignment(data.q, data.width, fit)
    return np.exp(log_scales((offset / data.width[spot]) ** 2, share, line, len(fit.q)))


def _split_lines(data, fit):
    """Replace a broad line by two where two explain its spots better than one broad line does."""
    breadths = line_breadths(data, fit)
    spacing = data.resolution.width(fit.q)
    lines, counts = list(fit.q), list(fit.counts)
    for j in np.flatnonzero(breadths > _BROAD):
        near = np.abs(data.q - fit.q[j]) < 12 * spacing[j]
        q, width = data.q[near], data.width[near]
        others = np.arange(len(fit.q)) != j
        base = density(q, width, LineFit(fit.q[others], fit.counts[others], fit.background[near]))
        apart = spacing[j] * breadths[j]
        pair = _local_fit(q, width, base, fit.q[j] + np.array([-apart, apart]), np.full(2, fit.counts[j] / 2))
        if np.diff(pair.q)[0] > _CLOSEST * spacing[j] and _two_beat_one(data, near, base, pair) > _SPLIT_EVIDENCE:
            lines[j], counts[j] = pair.q[0], pair.counts[0]
            lines.append(pair.q[1])
            counts.append(pair.counts[1])
    if len(lines) == len(fit.q):
        return fit
    return _pruned(data, _fitted(data, np.array(lines), np.array(counts), fit.background))


def _two_beat_one(data, near, base, pair):
    """Log likelihood ratio of two lines against one broad line, the smaller of all spots' and the stronger half's.

    The weak spots of one strong line lie to both sides of it, where the strong ones fade out; those of two lines lie
    around the strong ones. So the stronger half of the spots has to show two lines too.
    """
    q, width, intensity = data.q[near], data.width[near], data.spots.intensity[near]
    between = np.abs(q - pair.q.mean()) < np.diff(pair.q)[0]
    strong = intensity >= np.median(intensity[between]) if between.any() else np.ones(len(q), dtype=bool)
    ratios = []
    for chosen, fraction in ((np.ones(len(q), dtype=bool), 1.0), (strong, 0.5)):
        x, w, density_elsewhere = q[chosen], width[chosen], base[chosen] * fraction
        two = _local_fit(x, w, density_elsewhere, pair.q, pair.counts * fraction)
        middle, total = np.array([np.average(pair.q, weights=pair.counts)]), np.array([pair.counts.sum() * fraction])
        half_gap = np.diff(pair.q)[0] / 2
        broadest = 1.0 + 1.5 * half_gap / np.median(w)
        one = [_local_fit(x, w * breadth, density_elsewhere, middle, total) for breadth in np.linspace(1, broadest, 6)]
        ratios.append(two.likelihood - max(fit.likelihood for fit in one))
    return min(ratios)


def _merged_lines(data, fit):
    """Make one of neighbours that one broad line explains as well."""
    spacing = data.resolution.width(fit.q)
    for j in np.flatnonzero(np.diff(data.resolution.u(fit.q)) < _NEIGHBOURS)[::-1]:
        near = np.abs(data.q - fit.q[j]) < 12 * spacing[j]
        others = np.ones(len(fit.q), dtype=bool)
        others[j : j + 2] = False
        elsewhere = LineFit(fit.q[others], fit.counts[others], fit.background[near])
        base = density(data.q[near], data.width[near], elsewhere)
        pair = _LocalFit(fit.q[j : j + 2], fit.counts[j : j + 2], 0.0)
        if _two_beat_one(data, near, base, pair) < _SPLIT_EVIDENCE:
            middle = np.average(pair.q, weights=pair.counts)
            fit = replace(
                fit, q=np.insert(fit.q[others], j, middle), counts=np.insert(fit.counts[others], j, pair.counts.sum())
            )
    return _fitted(data, fit.q, fit.counts, fit.background)


@dataclass(frozen=True)
class _LocalFit:
    q: np.ndarray
    counts: np.ndarray
    likelihood: float


def _local_fit(q, width, base, lines, counts):
    """Fit one or two lines on the density `base`, which stays as it is."""
    for _ in range(40):
        offset = q[:, None] - lines
        near = counts * profile(offset / width[:, None]) / width[:, None]
        share = near / (base + near.sum(axis=1))[:, None]
        pull = share * (TAIL + 1) / (TAIL * width[:, None] ** 2 + offset**2)
        lines = np.sum(pull * q[:, None], axis=0) / np.maximum(pull.sum(axis=0), 1e-300)
        counts = share.sum(axis=0)
    near = counts * profile((q[:, None] - lines) / width[:, None]) / width[:, None]
    order = np.argsort(lines)
    return _LocalFit(lines[order], counts[order], np.sum(np.log(base + near.sum(axis=1))) - counts.sum())


def line_errors(data, fit):
    """Standard errors of the line positions.

    Three parts in quadrature. Counting: `position_errors`, times the breadth of the line. Overlap: a line broader than
    others of its strength is two or more lines, and none of them need be where their common centre is. Resolution: a
    weak neighbour that widens nothing still pulls.

    Returns
    -------
    numpy.ndarray, shape (m,)
        1/Å.
    """
    breadth = line_breadths(data, fit)
    typical = data.resolution.width(fit.q)
    excess = (breadth / _usual_breadth(data, fit, breadth)) ** 2 - 1 - 2 * np.sqrt(3 / np.maximum(fit.counts, 1))
    overlap = _OVERLAP * typical * np.sqrt(np.maximum(excess, 0))
    counting = position_errors(data.q, data.width, fit) * breadth
    return np.sqrt(counting**2 + overlap**2 + (_HIDDEN * typical) ** 2)


def _usual_breadth(data, fit, breadth):
    """Breadth of lines of the same strength: strong lines are seen further off their Bragg condition."""
    spot, line, share, _ = assignment(data.q, data.width, fit)
    strength = np.bincount(line, share * np.log(np.maximum(data.spots.intensity[spot], 1.0)), len(fit.q))
    strength /= np.maximum(np.bincount(line, share, len(fit.q)), 1e-9)
    if len(fit.q) < 8 or np.ptp(strength) < 0.1:
        return np.full(len(fit.q), np.median(breadth))
    slope, intercept, _, _ = theilslopes(np.log(breadth), strength)
    return np.exp(intercept + slope * strength)


def _cut(data, fit, n_lines):
    """The first lines, and the spots up to just beyond them."""
    end = fit.q[n_lines - 1] + 30 * data.resolution.width(fit.q[n_lines - 1])
    keep = data.q < end
    lines = fit.q < end
    spots = data.spots.select(keep)
    return replace(data, spots=spots, q=data.q[keep], width=data.width[keep]), LineFit(
        fit.q[lines], fit.counts[lines], fit.background[keep]
    )


def _refined(data, fit, widths):
    spot, line, share, offset = assignment(data.q, data.width, fit)
    return widths_from_lines(data.spots.select(spot), offset, share, widths)
