"""One line or two: overlapped lines told apart, and the doubt about them put into the errors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mlindex_plugin.algorithms.peaks.line_fit import LineFit, density
from mlindex_plugin.algorithms.peaks.spot_widths import TAIL, profile

CLOSEST = 1.2  # widths; lines closer together are one line
_NEIGHBOURS = 5.0  # widths within which two lines have to prove that they are two
_PROOF = 10.0  # log likelihood ratio that two lines need against one broad line
_HINT = 4.0  # log likelihood ratio from which the error allows for two
_SURROUNDINGS = 8.0  # widths around a line that a closer look takes in
_STRONG = 0.3  # part of the spots, the strongest, that is asked whether there are two
_OFF_CENTRE = 0.4  # distance of either line of an unresolved pair from their common centre, in units of their distance


def split_lines(data, fit, suspects):
    """Replace lines by two where two explain their spots better than one broad line does.

    Parameters
    ----------
    data : SpotData
    fit : LineFit
    suspects : sequence of int
        The lines to look at.

    Returns
    -------
    LineFit
        Unordered, with the old background.
    """
    lines, counts = list(fit.q), list(fit.counts)
    for j in suspects:
        region = _Region.around(data, fit, [j])
        typical = data.resolution.width(fit.q[j])
        pair = region.fit(_pair_at(fit.q[j], 1.3 * typical, fit.counts[j]))
        if pair.gap > CLOSEST * typical and region.proves_two(pair):
            lines[j], counts[j] = pair.q[0], pair.counts[0]
            lines.append(pair.q[1])
            counts.append(pair.counts[1])
    return replace(fit, q=np.array(lines), counts=np.array(counts))


def merge_lines(data, fit):
    """Make one of neighbours that one broad line explains as well.

    Parameters
    ----------
    data : SpotData
    fit : LineFit

    Returns
    -------
    LineFit
        With the old background.
    """
    for j in np.flatnonzero(np.diff(data.resolution.u(fit.q)) < _NEIGHBOURS)[::-1]:
        pair = _Components(fit.q[j : j + 2], fit.counts[j : j + 2])
        if not _Region.around(data, fit, [j, j + 1]).proves_two(pair):
            q, counts = np.delete(fit.q, j + 1), np.delete(fit.counts, j + 1)
            q[j], counts[j] = pair.centre, pair.counts.sum()
            fit = replace(fit, q=q, counts=counts)
    return fit


def hidden_pairs(data, fit):
    """Position error of lines that may be two unresolved ones, zero for the others.

    Parameters
    ----------
    data : SpotData
    fit : LineFit

    Returns
    -------
    numpy.ndarray, shape (m,)
        1/Å.
    """
    result = np.zeros(len(fit.q))
    for j in range(len(fit.q)):
        region = _Region.around(data, fit, [j]).strongest(fit.q[j], data.resolution.width(fit.q[j]))
        start = _pair_at(fit.q[j], 0.7 * data.resolution.width(fit.q[j]), _STRONG * fit.counts[j])
        gain, pair = region.two_against_one(start)
        if gain > _HINT:
            result[j] = _OFF_CENTRE * pair.gap
    return result


@dataclass(frozen=True)
class _Components:
    """One line or two, ascending."""

    q: np.ndarray
    counts: np.ndarray
    likelihood: float = -np.inf

    @property
    def centre(self):
        return np.average(self.q, weights=self.counts)

    @property
    def gap(self):
        return self.q[-1] - self.q[0]

    def scaled(self, part):
        return replace(self, counts=self.counts * part)


def _pair_at(q, apart, counts):
    return _Components(q + np.array([-apart, apart]), np.full(2, counts / 2))


@dataclass(frozen=True)
class _Region:
    """Spots near a line, and the density there of everything else, which stays as it is."""

    q: np.ndarray
    width: np.ndarray
    intensity: np.ndarray
    elsewhere: np.ndarray

    @classmethod
    def around(cls, data, fit, lines):
        reach = _SURROUNDINGS * data.resolution.width(fit.q[lines[0]])
        near = slice(*np.searchsorted(data.q, [fit.q[lines[0]] - reach, fit.q[lines[-1]] + reach]))
        others = np.ones(len(fit.q), dtype=bool)
        others[lines] = False
        rest = LineFit(fit.q[others], fit.counts[others], fit.background[near])
        q, width = data.q[near], data.width[near]
        return cls(q, width, data.spots.intensity[near], density(q, width, rest))

    def strongest(self, centre, reach):
        """The same with only the strongest spots, by the intensities within `reach` of `centre`."""
        core = np.abs(self.q - centre) < reach
        least = np.quantile(self.intensity[core], 1 - _STRONG) if core.any() else 0.0
        chosen = self.intensity >= least
        return _Region(self.q[chosen], self.width[chosen], self.intensity[chosen], _STRONG * self.elsewhere[chosen])

    def proves_two(self, pair):
        """Whether two lines beat one broad line, on all spots and on the strongest.

        The weak spots of one strong line lie to both sides of it, where the strong ones fade out; those of two lines
        lie around the strong ones. So the strongest spots tell whether there are two.
        """
        strongest = self.strongest(pair.centre, pair.gap + np.median(self.width))
        trials = ((strongest, pair.scaled(_STRONG)), (self, pair))
        return all(region.two_against_one(start)[0] > _PROOF for region, start in trials)

    def two_against_one(self, start):
        """Log likelihood ratio of two lines against one of any breadth, and the two as fitted."""
        two = self.fit(start)
        broadest = 1.6 + start.gap / np.median(self.width) if len(self.q) else 1.6
        one = _Components(np.array([start.centre]), np.array([start.counts.sum()]))
        best = max(self.fit(one, breadth).likelihood for breadth in np.geomspace(0.6, broadest, 6))
        return two.likelihood - best, two

    def fit(self, start, breadth=1.0):
        """Fit one or two lines by expectation maximisation, all widths times `breadth`."""
        q, width = self.q[:, None], breadth * self.width[:, None]
        lines, counts = start.q, start.counts
        for _ in range(40):
            near = counts * profile((q - lines) / width) / width
            share = near / (self.elsewhere + near.sum(axis=1))[:, None]
            pull = share * (TAIL + 1) / (TAIL * width**2 + (q - lines) ** 2)
            lines = np.sum(pull * q, axis=0) / np.maximum(pull.sum(axis=0), 1e-300)
            counts = share.sum(axis=0)
        near = counts * profile((q - lines) / width) / width
        likelihood = np.sum(np.log(self.elsewhere + near.sum(axis=1))) - counts.sum()
        order = np.argsort(lines)
        return _Components(lines[order], counts[order], likelihood)
