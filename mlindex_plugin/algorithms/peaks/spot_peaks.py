"""Powder lines in spots: which ones there are, where they are, and how well that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.peaks.line_fit import assignment, position_errors
from mlindex_plugin.algorithms.peaks.line_pairs import hidden_pairs
from mlindex_plugin.algorithms.peaks.line_search import line_breadths, search_lines

_EDGE = 3.0  # pixels from the end of the detector's range within which a peak is not believed
_HUMP = 4.0  # breadth of what is no line
_SIDED_SPOTS = 8  # spots below which their directions tell nothing


@dataclass(frozen=True)
class Lines:
    """Powder lines found in spots.

    Attributes
    ----------
    q, sigma : numpy.ndarray, shape (m,)
        Positions and standard errors, 1/Å, ascending.
    counts : numpy.ndarray, shape (m,)
        Spots of the line.
    """

    q: np.ndarray
    sigma: np.ndarray
    counts: np.ndarray


def find_lines(spots, widths, q_limits):
    """Find the powder lines of spots.

    Parameters
    ----------
    spots : Spots
    widths : WidthModel
        First estimate of the line widths.
    q_limits : tuple of 2 float
        Ends of the q range of the detectors, 1/Å; what lies on them is no line.

    Returns
    -------
    data : SpotData
        The spots up to just beyond the last line.
    lines : Lines
        At most `MOST_LINES`.
    notes : tuple of str
        Peaks left out and why.
    """
    data, fit = search_lines(spots, widths)
    edge = _on_edges(data, fit, q_limits)
    one_sided = ~edge & _one_sided(data, fit)
    broad = ~edge & ~one_sided & (line_breadths(data, fit) > _HUMP)
    reasons = (
        (edge, "at the edge of the detector"),
        (one_sided, "whose spots lie all on one side of the beam"),
        (broad, "much broader than the lines"),
    )
    notes = tuple(
        f"Left out {int(bad.sum())} peaks {why}: d = {_listed(1 / fit.q[bad])} Å." for bad, why in reasons if bad.any()
    )
    good = ~(edge | one_sided | broad)
    return data, Lines(fit.q[good], line_errors(data, fit)[good], fit.counts[good]), notes


def line_errors(data, fit):
    """Standard errors of the line positions.

    Two parts in quadrature: that of counting, `position_errors`; and for a line that may be two unresolved ones, the
    distance of either from their common centre, `hidden_pairs`.

    Parameters
    ----------
    data : SpotData
    fit : LineFit

    Returns
    -------
    numpy.ndarray, shape (m,)
        1/Å.
    """
    return np.hypot(position_errors(data.q, data.width, fit), hidden_pairs(data, fit))


def _listed(values):
    return ", ".join(f"{value:.3f}" for value in values[:6]) + (" ..." if len(values) > 6 else "")


def _on_edges(data, fit, q_limits):
    pixel = np.interp(fit.q, data.q, data.spots.q_per_pixel)
    return np.min(np.abs(fit.q[:, None] - np.array(q_limits)), axis=1, initial=np.inf) < _EDGE * pixel


def _one_sided(data, fit):
    """Lines with nearly all spots in one twelfth of the circle where other spots at such q are all around."""
    half_sectors = 24
    sector = np.floor((data.spots.azimuth / (2 * np.pi) + 0.5) * half_sectors).astype(int) % half_sectors
    spot, line, share, _ = assignment(data.q, data.width, fit)
    spot, line = spot[share > 0.5], line[share > 0.5]
    result = np.zeros(len(fit.q), dtype=bool)
    for j in range(len(fit.q)):
        own = np.bincount(sector[spot[line == j]], minlength=half_sectors)
        around = slice(*np.searchsorted(data.q, [0.9 * fit.q[j], 1.1 * fit.q[j]]))
        others = np.bincount(sector[around], minlength=half_sectors) - own
        own, others = own + np.roll(own, -1), others + np.roll(others, -1)  # each spot counted twice
        k = own.argmax()
        enough = own.sum() >= 2 * _SIDED_SPOTS and others.sum() > 0
        result[j] = enough and 2 * own[k] > 0.8 * own.sum() and 2 * others[k] < 0.4 * others.sum()
    return result
