"""Which predicted lines tell two cells apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import find_lines, lattice_table, two_theta_from_q2
from mlindex_plugin.algorithms.ranking.pool import Entry
from mlindex_plugin.algorithms.search import Observed, zero_shift_column

BEYOND = 1.5  # times q2 of the last peak: how far lines are compared
_APART = 3.0  # standard errors, as far as a line explains a peak
_MOST_LINES = 20_000


@dataclass(frozen=True)
class PredictedLines:
    """Lines of a cell up to `BEYOND` times the last peak.

    Attributes
    ----------
    q2 : numpy.ndarray, shape (n,)
        1/Å², ascending.
    shown : numpy.ndarray, shape (n,)
        Where they would be observed, the zero shift included.
    """

    q2: np.ndarray
    shown: np.ndarray


@dataclass(frozen=True)
class DecidingLine:
    """A predicted line of one of two cells, where the other has none.

    Attributes
    ----------
    q2, d : float
        1/Å² and Å.
    two_theta : float or None
        Degrees, the zero shift included; None without a wavelength.
    of_alternative : bool
        Whether it is the alternative that predicts it; else the solution does.
    observed : bool or None
        Whether a peak is there; None beyond the last peak used.
    """

    q2: float
    d: float
    two_theta: float | None
    of_alternative: bool
    observed: bool | None


def predicted_lines(entry: Entry, observed: Observed, wavelength: float | None) -> PredictedLines | None:
    """Distinct lines of an entry; None where they are too many to be listed.

    Parameters
    ----------
    entry : Entry
    observed : Observed
    wavelength : float or None
        Å.
    """
    table = lattice_table(entry.symbol)
    lines, codes = np.empty(_MOST_LINES), np.empty(_MOST_LINES, np.int64)
    limit = BEYOND * observed.q2[-1]
    n = find_lines(
        table.family, table.centring, table.reps, entry.refined.x[0].copy(), limit, _MOST_LINES, lines, codes
    )
    if n <= 0:
        return None
    q2 = np.unique(lines[:n])
    shown = q2
    if observed.shift_column.size:
        shown = q2 + entry.refined.shift[0] * zero_shift_column(q2, wavelength)
    return PredictedLines(q2, shown)


def apart(one: PredictedLines, other: PredictedLines, observed: Observed) -> np.ndarray:
    """Which lines of one cell are further than three standard errors from every line of the other; bool, (n,)."""
    return _distance(one.shown, other.shown) > _APART * standard_error(one.shown, observed)


def standard_error(q2: np.ndarray, observed: Observed) -> np.ndarray:
    """Standard errors that peaks would have at positions, shape (n,), 1/Å²; beyond the last peak in proportion."""
    inside = np.interp(q2, observed.q2, observed.sigma)
    return inside * np.maximum(q2 / observed.q2[-1], 1)


def deciding_lines(
    solution: PredictedLines, alternative: PredictedLines, observed: Observed, wavelength: float | None
) -> list[DecidingLine]:
    """The lines that one of two cells predicts and the other does not, ascending in q2.

    Parameters
    ----------
    solution, alternative : PredictedLines
    observed : Observed
    wavelength : float or None
        Å.
    """
    found = []
    for lines, others, of_alternative in ((solution, alternative, False), (alternative, solution, True)):
        alone = apart(lines, others, observed)
        seen = _distance(lines.shown, observed.q2) < _APART * standard_error(lines.shown, observed)
        for q2, shown, is_seen in zip(lines.q2[alone], lines.shown[alone], seen[alone], strict=True):
            angle = None if wavelength is None else float(two_theta_from_q2(shown, wavelength))
            inside = shown <= observed.q2[-1]
            found.append(
                DecidingLine(float(q2), float(q2**-0.5), angle, of_alternative, bool(is_seen) if inside else None)
            )
    return sorted(found, key=lambda line: line.q2)


def _distance(positions: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Distance of each position to the nearest of ascending lines."""
    right = np.clip(np.searchsorted(lines, positions), 1, max(len(lines) - 1, 1))
    after = lines[np.minimum(right, len(lines) - 1)]
    return np.minimum(np.abs(positions - lines[right - 1]), np.abs(after - positions))
