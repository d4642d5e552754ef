"""Search for the lines of a powder pattern of spots: add what the spots call for, fit, remove what they do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import uniform_filter1d

from mlindex_plugin.algorithms.peaks.line_fit import LineFit, NearPairs, assignment, density, fit_lines
from mlindex_plugin.algorithms.peaks.line_pairs import CLOSEST, merge_lines, split_lines
from mlindex_plugin.algorithms.peaks.powder_pattern import STEP, SpotData, spot_density
from mlindex_plugin.algorithms.peaks.spot_widths import log_scales, profile, widths_from_lines

MOST_LINES = 100  # no search uses more
_EVIDENCE = 10.0  # log likelihood ratio a line needs; noise reaches it about once in 10^5 positions
_FEWEST_SHOTS = 3
_WINGS = 1.5  # a line beside another has to stand out of the other's density times this
_BACKGROUND_SPAN = 150.0  # widths over which the background is taken as flat
_BROAD = 1.15  # breadth from which a line may be two
_MARGIN = 30.0  # widths beyond the last line that are looked at
_ROUNDS = 6


def search_lines(spots, widths, n_lines=MOST_LINES):
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
        The spots up to just beyond the last line, with their widths refined on the lines.
    fit : LineFit
    """
    data = SpotData.of(spots.select(np.argsort(spots.q, kind="stable")), widths)
    fit = LineFit(np.empty(0), np.empty(0), np.zeros(len(data.q)))
    fit = replace(fit, background=_background(data, fit))
    for i in range(_ROUNDS):
        data, fit = _cut(data, _with_new_lines(data, fit), n_lines)
        fit = _pruned(data, _fitted(data, fit))
        if i >= 2:
            fit = _resolved(data, fit)
        if i in (1, 3) and len(fit.q) >= 3:
            data = _refined(data, fit)
    return data, fit


def _resolved(data, fit):
    """With broad lines split and neighbours merged where the spots say so."""
    split = split_lines(data, fit, np.flatnonzero(line_breadths(data, fit) > _BROAD))
    if len(split.q) != len(fit.q):
        fit = _pruned(data, _fitted(data, split))
    merged = merge_lines(data, fit)
    return fit if len(merged.q) == len(fit.q) else _fitted(data, merged)


def _with_new_lines(data, fit):
    """Add the lines that the spots not yet explained call for; not yet fitted."""
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
        if all(abs(place - other) > CLOSEST for other in taken):
            taken.append(place)
            chosen.append(i)
    lines, counts = np.concatenate([fit.q, candidates[chosen]]), np.concatenate([fit.counts, counts[chosen]])
    order = np.argsort(lines)
    return replace(fit, q=lines[order], counts=counts[order])


def _fitted(data, fit):
    """Positions, counts and background fitted in turn."""
    for _ in range(3):
        fit = fit_lines(data.q, data.width, fit.q, fit.counts, fit.background)
        fit = replace(fit, background=_background(data, fit))
    return fit


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
    pairs = NearPairs(data.q, data.width, candidates)
    gain = profile((pairs.q - candidates[pairs.line]) / pairs.width) / pairs.width / base[pairs.spot]
    counts = np.full(len(candidates), 5.0)
    for _ in range(30):
        share = counts[pairs.line] * gain
        counts = pairs.per_line(share / (1 + share))
    share = counts[pairs.line] * gain
    evidence = pairs.per_line(np.log1p(share)) - counts
    own = share > 1
    return counts, evidence, _shots(pairs.line[own], data.spots.shot[pairs.spot[own]], len(candidates))


def _shots(line, shot, n_lines):
    """Number of different shots of each line."""
    seen = np.unique(np.column_stack([line, shot]), axis=0)
    return np.bincount(seen[:, 0], minlength=n_lines)


def _pruned(data, fit):
    """Without the lines that came together or that the others explain."""
    while len(fit.q):
        spot, line, share, _ = assignment(data.q, data.width, fit)
        evidence = np.bincount(line, -np.log(np.maximum(1 - share, 1e-12)), len(fit.q)) - fit.counts
        own = share > 0.5
        shots = _shots(line[own], data.spots.shot[spot[own]], len(fit.q))
        bad = _weaker_of_close(data, fit) | (evidence < _EVIDENCE) | (shots < _FEWEST_SHOTS)
        if not bad.any():
            break
        fit = _fitted(data, replace(fit, q=fit.q[~bad], counts=fit.counts[~bad]))
    return fit


def _weaker_of_close(data, fit):
    """The weaker of every two lines too close together to be two."""
    close = np.diff(data.resolution.u(fit.q)) < CLOSEST
    left_weaker = fit.counts[:-1] <= fit.counts[1:]
    bad = np.zeros(len(fit.q), dtype=bool)
    bad[:-1] |= close & left_weaker
    bad[1:] |= close & ~left_weaker
    return bad


def line_breadths(data, fit):
    """Width of each line over the width expected of its spots, shape (m,); about 1 for a single line."""
    spot, line, share, offset = assignment(data.q, data.width, fit)
    return np.exp(log_scales((offset / data.width[spot]) ** 2, share, line, len(fit.q)))


def _cut(data, fit, n_lines):
    """The first lines, and the spots up to just beyond them."""
    if len(fit.q) <= n_lines:
        return data, fit
    last = fit.q[n_lines - 1]
    end = last + _MARGIN * data.resolution.width(last)
    keep, lines = data.q < end, fit.q < end
    data = SpotData.of(data.spots.select(keep), data.widths)
    return data, LineFit(fit.q[lines], fit.counts[lines], fit.background[keep])


def _refined(data, fit):
    """With the widths estimated anew from the spots of the lines."""
    spot, line, share, offset = assignment(data.q, data.width, fit)
    return SpotData.of(data.spots, widths_from_lines(data.spots.select(spot), offset, share, data.widths))
