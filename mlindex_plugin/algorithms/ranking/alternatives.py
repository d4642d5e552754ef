"""Other cells that explain the same peaks about as well as a solution: named, with the lines that would decide."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    common_sublattice,
    pseudo_symmetry,
    same_line_cells,
    volumes_from_cells,
)
from mlindex_plugin.algorithms.ranking.entry import Entry
from mlindex_plugin.algorithms.ranking.evidence import error_scales
from mlindex_plugin.algorithms.ranking.frames import Frame, same_lattice, same_line_metrics
from mlindex_plugin.algorithms.ranking.line_differences import (
    DecidingLine,
    PredictedLines,
    apart,
    compared_up_to,
    deciding_lines,
    predicted_lines,
)
from mlindex_plugin.algorithms.ranking.pool import rank
from mlindex_plugin.algorithms.search import Observed, refine_cells

N_LEADING = 5  # solutions whose alternatives are looked for
N_NAMED = 5  # of each
_N_LINES = 10
_SAME_VOLUME = 0.02  # relative
AS_LIKELY = 6.0  # difference of logarithmic evidence up to which two cells explain the peaks about equally


@dataclass(frozen=True)
class Alternative:
    """Another cell that explains the same peaks about as well as a solution.

    Attributes
    ----------
    bravais_lattice : str
    unit_cell : tuple of 6 float
        Å and degrees, conventional setting.
    volume : float
        Å³, of `unit_cell`.
    rank : int or None
        Its own rank; None where it is not among the ranked cells.
    score_difference : float
        Natural logarithm of how much likelier it is than the solution (negative: less likely).
    indices : tuple of 2 int, or None
        Index of the smallest common sublattice in the solution's lattice and in the alternative's: (1, 1) for one
        lattice in two symmetries, (n, 1) for a cell n times larger, (1, n) for one n times smaller. None where no
        common sublattice of low index was found.
    matrix : tuple of 3 tuples of 3 float, or None
        Rows are the axes of `unit_cell` in terms of those of the solution; None where `indices` is.
    deviation : float or None
        For one lattice in two symmetries: by how much the lower misses the higher, degrees (Le Page 1982).
    same_lines : bool
        Whether all lines up to the last peak agree within three standard errors of the peaks, and the peaks do not
        tell which fits better.
    geometric : bool
        Whether the two are a known geometric ambiguity: the same lines, however far the pattern goes, if the cell has
        exactly the axial ratios that it has within the errors.
    deciding_lines : tuple of DecidingLine
        Lines that only one of the two predicts, up to `q2_limit`, ascending; the ten lowest of each.
    n_deciding_lines : int
        How many there are.
    q2_limit : float
        1/Å².
    """

    bravais_lattice: str
    unit_cell: tuple[float, ...]
    volume: float
    rank: int | None
    score_difference: float
    indices: tuple[int, int] | None
    matrix: tuple[tuple[float, ...], ...] | None
    deviation: float | None
    same_lines: bool
    geometric: bool
    deciding_lines: tuple[DecidingLine, ...]
    n_deciding_lines: int
    q2_limit: float


def find_alternatives(
    entries: list[Entry], observed: Observed, wavelength: float | None
) -> list[tuple[Alternative, ...]]:
    """For each of the five leading entries, the cells that explain the peaks about equally, at most five, best first.

    A cell is named where its evidence is within 6 of the entry's, or where its lines up to the last peak are the same
    within the errors and fit as well: then only the number of parameters decides. Looked through are the ranked
    entries, the known geometric ambiguities of the entry, and its higher symmetries. Entries that are no likelier
    than random lines have no alternatives.

    Parameters
    ----------
    entries : list of Entry
        Ranked.
    observed : Observed
        The peaks on which they were refined.
    wavelength : float or None
        Å.

    Returns
    -------
    list of tuple of Alternative
    """
    ranked = [
        _Rival(entry, predicted_lines(entry, observed, wavelength), place)
        for place, entry in enumerate(entries, 1)
        if entry.evidence > 0
    ]
    leading = ranked[:N_LEADING]
    found = [_of_entry(own, ranked, observed, wavelength) for own in leading]
    return found + [()] * (min(N_LEADING, len(entries)) - len(leading))


class _Rival:
    """An entry with its predicted lines, its rank, and its bases.

    Attributes
    ----------
    entry : Entry
    lines : PredictedLines or None
    place : int or None
    """

    def __init__(self, entry: Entry, lines: PredictedLines | None, place: int | None):
        self.entry, self.lines, self.place = entry, lines, place

    @cached_property
    def frame(self) -> Frame:
        return Frame(self.entry.symbol, np.array(self.entry.cell))


def _of_entry(own: _Rival, ranked: list[_Rival], observed: Observed, wavelength) -> tuple[Alternative, ...]:
    if own.lines is None:
        return ()
    partners = same_line_cells([(own.entry.symbol, own.entry.refined.x[0])])
    others = [other for other in ranked if other is not own]
    others += _unranked(own, others, partners, observed, wavelength)
    found = []
    for other in others:
        if other.lines is None:
            continue
        same = _same_lines(own.lines, other.lines, observed) and _fit_as_well(own.entry, other.entry, observed)
        if same and _less_symmetric(other, own):
            continue  # every lattice can be described so
        if same or abs(other.entry.evidence - own.entry.evidence) < AS_LIKELY:
            found.append((other, same))
    found.sort(key=lambda named: -named[0].entry.evidence)
    known = same_line_metrics(own.entry.symbol, tuple(own.entry.refined.x[0].tolist()))
    return tuple(
        _alternative(
            own, other, same, any(same_lattice(other.frame.metric, metric) for metric in known), observed, wavelength
        )
        for other, same in found[:N_NAMED]
    )


def _unranked(own: _Rival, others: list[_Rival], partners: list, observed: Observed, wavelength) -> list[_Rival]:
    """Geometric ambiguities and higher symmetries of an entry that are not among the others, refined."""
    higher = pseudo_symmetry(own.entry.niggli, LATTICES[own.entry.symbol].n_operations)
    cells = partners + [(symbol, x) for _, symbol, x in higher]
    found = []
    for entry in rank([(symbol, refine_cells(symbol, x[None], observed)) for symbol, x in cells], observed):
        new = _Rival(entry, predicted_lines(entry, observed, wavelength), None)
        near = [other for other in others if _near(other.entry, entry)]
        if not any(same_lattice(new.frame.metric, other.frame.metric) for other in near):
            found.append(new)
    return found


def _less_symmetric(other: _Rival, own: _Rival) -> bool:
    """Whether one cell is of the same lattice as another, in a Bravais lattice of less symmetry."""
    fewer = LATTICES[other.entry.symbol].n_operations < LATTICES[own.entry.symbol].n_operations
    return fewer and _near(other.entry, own.entry) and same_lattice(other.frame.metric, own.frame.metric)


def _near(one: Entry, other: Entry) -> bool:
    return abs(one.primitive_volume / other.primitive_volume - 1) < _SAME_VOLUME


def _same_lines(one: PredictedLines, other: PredictedLines, observed: Observed) -> bool:
    """Whether each line up to the last peak of either has one of the other within the errors."""
    return not any(
        np.any(apart(first, second, observed) & (first.shown <= observed.q2[-1]))
        for first, second in ((one, other), (other, one))
    )


def _fit_as_well(one: Entry, other: Entry, observed: Observed) -> bool:
    """Whether the misfits alone, at the best common factor of the standard errors, tell nothing of two entries."""
    least = error_scales(observed)[0] ** 2
    mean_square = [max(_mean_square(entry, observed), least) for entry in (one, other)]
    return bool(len(observed.q2) / 2 * abs(np.log(mean_square[1] / mean_square[0])) < AS_LIKELY)


def _mean_square(entry: Entry, observed: Observed) -> float:
    """Mean square of the misfits in standard errors, those beyond the cap as the cap."""
    misfit = np.abs(observed.corrected(entry.refined.shift[0]) - entry.refined.line[0])
    misfit = np.minimum(misfit, observed.cap)
    return float(np.mean((misfit / observed.sigma) ** 2))


def _alternative(own: _Rival, other: _Rival, same: bool, known: bool, observed: Observed, wavelength) -> Alternative:
    relation = common_sublattice(own.frame.metric, other.frame.metric)
    indices = matrix = deviation = None
    if relation is not None:
        indices = relation.indices
        product = np.round(other.frame.axes @ relation.matrix @ np.linalg.inv(own.frame.axes), 6) + 0.0
        matrix = tuple(map(tuple, product.tolist()))
        deviation = _deviation(own.entry, other.entry) if indices == (1, 1) else None
    deciding = deciding_lines(own.lines, other.lines, observed, wavelength)
    return Alternative(
        bravais_lattice=other.entry.symbol,
        unit_cell=tuple(other.frame.cell.tolist()),
        volume=float(volumes_from_cells(other.frame.cell)),
        rank=other.place,
        score_difference=other.entry.evidence - own.entry.evidence,
        indices=indices,
        matrix=matrix,
        deviation=deviation,
        same_lines=same,
        geometric=known and not deciding,
        deciding_lines=_lowest(deciding),
        n_deciding_lines=len(deciding),
        q2_limit=compared_up_to(observed, wavelength),
    )


def _lowest(lines: list[DecidingLine]) -> tuple[DecidingLine, ...]:
    """The ten lowest of each cell, of lines in ascending order."""
    kept = [[line for line in lines if line.of_alternative is of][:_N_LINES] for of in (False, True)]
    return tuple(line for line in lines if line in kept[0] or line in kept[1])


def _deviation(entry: Entry, other: Entry) -> float | None:
    """By how much the less symmetric of two equal lattices misses the symmetry of the other, degrees."""
    lower, higher = sorted((entry, other), key=lambda e: LATTICES[e.symbol].n_operations)
    for deviation, symbol, _ in pseudo_symmetry(lower.niggli, LATTICES[lower.symbol].n_operations):
        if symbol == higher.symbol:
            return float(deviation)
    return None
