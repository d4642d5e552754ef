"""Which predicted lines tell two cells apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, hkl_design, lattice_table, two_theta_from_q2, unpack
from mlindex_plugin.algorithms.ranking.build import normal_matrix
from mlindex_plugin.algorithms.ranking.entry import Entry
from mlindex_plugin.algorithms.search import NO_LINE, Observed, zero_shift_column

BEYOND = 1.5  # times q2 of the last peak: how far lines are compared
_APART = 3.0  # standard errors, as far as a line explains a peak
_MARGIN = 1.02  # beyond, for the partners of the last lines
_MOST_LINES = 20_000


@dataclass(frozen=True)
class PredictedLines:
    """Distinct lines of a cell.

    Attributes
    ----------
    q2 : numpy.ndarray, shape (n,)
        1/Å², ascending.
    shown : numpy.ndarray, shape (n,)
        Where they would be observed, the zero shift included.
    sigma : numpy.ndarray, shape (n,)
        Standard errors of `shown` that follow from those of the cell, 1/Å².
    """

    q2: np.ndarray
    shown: np.ndarray
    sigma: np.ndarray


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


def compared_up_to(observed: Observed, wavelength: float | None) -> float:
    """The q2 up to which lines are compared, 1/Å²: `BEYOND` times the last peak, if the wavelength reaches so far."""
    reach = np.inf if wavelength is None else (1 - 1e-6) * 4 / wavelength**2
    return float(min(BEYOND * observed.q2[-1], reach))


def predicted_lines(entry: Entry, observed: Observed, wavelength: float | None) -> PredictedLines | None:
    """Lines of an entry up to a little beyond `compared_up_to`; None where they are too many to be listed.

    Parameters
    ----------
    entry : Entry
    observed : Observed
    wavelength : float or None
        Å.
    """
    limit = _MARGIN * compared_up_to(observed, wavelength)
    lines, codes = lattice_table(entry.symbol).lines(entry.refined.x[0], limit, _MOST_LINES)
    if not len(lines):
        return None
    q2, first = np.unique(lines, return_index=True)
    design = hkl_design(LATTICES[entry.symbol], np.stack(unpack(codes[first]), axis=1))
    shown = q2
    if observed.shift_column.size:
        column = zero_shift_column(q2, wavelength)
        shown = q2 + entry.refined.shift[0] * column
        design = np.column_stack([design, column])
    variance = np.einsum("ni,ij,nj->n", design, _covariance(entry, observed), design)
    return PredictedLines(q2, shown, np.sqrt(variance))


def _covariance(entry: Entry, observed: Observed) -> np.ndarray:
    """Of the free xnn, and of the zero shift where there is one."""
    lattice, code = LATTICES[entry.symbol], entry.refined.code[0]
    corrected = observed.corrected(entry.refined.shift[0])
    indexed = (code != NO_LINE) & (np.abs(corrected - entry.refined.line[0]) < observed.cap)
    normal = normal_matrix(lattice, np.stack(unpack(code[indexed]), axis=1), observed, indexed)
    # what no peak speaks of is known to the peaks' range
    prior = np.full(len(normal), observed.q2[-1] ** -2.0)
    return np.linalg.inv(normal + np.diag(prior))


def apart(one: PredictedLines, other: PredictedLines, observed: Observed) -> np.ndarray:
    """Which lines of one cell no line of the other comes near; bool, shape (n,).

    Near is within three standard errors: of a peak there and of both predictions, each prediction's counted up to that
    of the peak, since a cell that predicts nothing sharply would otherwise equal every other.
    """
    nearest = _nearest(one.shown, other.shown)
    peak = standard_error(one.shown, observed)
    predictions = np.minimum(one.sigma, peak) ** 2 + np.minimum(other.sigma[nearest], peak) ** 2
    return np.abs(other.shown[nearest] - one.shown) > _APART * np.sqrt(peak**2 + predictions)


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
    found, limit = [], compared_up_to(observed, wavelength)
    for lines, others, of_alternative in ((solution, alternative, False), (alternative, solution, True)):
        alone = apart(lines, others, observed) & (lines.q2 < limit)
        peak = observed.q2[_nearest(lines.shown, observed.q2)]
        seen = np.abs(peak - lines.shown) < _APART * standard_error(lines.shown, observed)
        for q2, shown, is_seen in zip(lines.q2[alone], lines.shown[alone], seen[alone], strict=True):
            angle = None if wavelength is None else float(two_theta_from_q2(shown, wavelength))
            inside = shown <= observed.q2[-1]
            found.append(
                DecidingLine(float(q2), float(q2**-0.5), angle, of_alternative, bool(is_seen) if inside else None)
            )
    return sorted(found, key=lambda line: line.q2)


def _nearest(positions: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Index of the nearest of ascending lines for each position."""
    right = np.clip(np.searchsorted(lines, positions), 0, len(lines) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(positions - lines[left] < lines[right] - positions, left, right)
