"""Other cells that explain the same peaks about as well as a solution: named, with the lines that would decide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    cells_from_xnn,
    common_sublattice,
    conventional_basis,
    direct_metric_from_cells,
    full_xnn,
    pseudo_symmetry,
    same_line_cells,
    short_primitive_basis,
    volumes_from_cells,
    xnn_from_metric,
)
from mlindex_plugin.algorithms.ranking.evidence import error_scales
from mlindex_plugin.algorithms.ranking.line_differences import (
    BEYOND,
    DecidingLine,
    PredictedLines,
    apart,
    deciding_lines,
    predicted_lines,
)
from mlindex_plugin.algorithms.ranking.pool import Entry, rank
from mlindex_plugin.algorithms.search import Observed, refine_cells

N_LEADING = 5  # solutions whose alternatives are looked for
N_NAMED = 5  # of each
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
    matrix : numpy.ndarray, shape (3, 3), or None
        Rows are the axes of `unit_cell` in terms of those of the solution; None where `indices` is.
    deviation : float or None
        For one lattice in two symmetries: by how much the lower misses the higher, degrees (Le Page 1982).
    same_lines : bool
        Whether all lines up to the last peak agree within three standard errors of the peaks, and the peaks do not
        tell which fits better.
    geometric : bool
        Whether the two are a known geometric ambiguity: the same lines, however far the pattern goes.
    deciding_lines : tuple of DecidingLine
        Lines that only one of the two predicts, up to `q2_limit`, ascending.
    q2_limit : float
        1/Å².
    """

    bravais_lattice: str
    unit_cell: tuple[float, ...]
    volume: float
    rank: int | None
    score_difference: float
    indices: tuple[int, int] | None
    matrix: np.ndarray | None
    deviation: float | None
    same_lines: bool
    geometric: bool
    deciding_lines: tuple[DecidingLine, ...]
    q2_limit: float


def find_alternatives(
    entries: list[Entry], observed: Observed, wavelength: float | None
) -> list[tuple[Alternative, ...]]:
    """For each of the five leading entries, the cells that explain the peaks about equally, at most five, best first.

    A cell is named where its evidence is within 6 of the entry's, or where its lines up to the last peak are the same
    within the errors and fit as well: then only the number of parameters decides. The ranked entries are looked through, the known geometric ambiguities of the entry, and its
    higher symmetries.

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
    lines = [predicted_lines(entry, observed, wavelength) for entry in entries]
    return [_of_entry(i, entries, lines, observed, wavelength) for i in range(min(N_LEADING, len(entries)))]


def _of_entry(i: int, entries: list[Entry], lines: list, observed: Observed, wavelength) -> tuple[Alternative, ...]:
    if lines[i] is None:
        return ()
    entry = entries[i]
    partners = same_line_cells([(entry.symbol, entry.refined.x[0])])
    others = [(other, lines[j], j + 1) for j, other in enumerate(entries) if j != i]
    for other in _unranked(i, entries, partners, observed):
        others.append((other, predicted_lines(other, observed, wavelength), None))
    found = []
    for other, other_lines, place in others:
        if other_lines is None:
            continue
        same = _same_lines(lines[i], other_lines, observed) and _fit_as_well(entry, other, observed)
        if same or abs(other.evidence - entry.evidence) < AS_LIKELY:
            found.append((other, other_lines, place, same))
    found.sort(key=lambda named: -named[0].evidence)
    known = [_primitive_metric(*partner) for partner in partners]
    named = []
    for other, other_lines, place, same in found[:N_NAMED]:
        deciding = tuple(deciding_lines(lines[i], other_lines, observed, wavelength))
        geometric = not deciding and any(_equal(_Frame(other).metric, metric) for metric in known)
        named.append(_alternative(entry, other, place, same, geometric, deciding, observed))
    return tuple(named)


def _unranked(i: int, entries: list[Entry], partners: list, observed: Observed) -> list[Entry]:
    """Geometric ambiguities and higher symmetries of an entry that are not among the entries, refined."""
    entry = entries[i]
    higher = pseudo_symmetry(entry.niggli, LATTICES[entry.symbol].n_operations)
    cells = partners + [(symbol, x) for _, symbol, x in higher]
    found = rank([(symbol, refine_cells(symbol, x[None], observed)) for symbol, x in cells], observed)
    rivals = [_Frame(other).metric for j, other in enumerate(entries) if j != i]
    return [other for other in found if not any(_equal(_Frame(other).metric, metric) for metric in rivals)]


class _Frame:
    """The bases of an entry: short primitive axes, and the conventional ones in terms of them."""

    def __init__(self, entry: Entry):
        lattice, cell = LATTICES[entry.symbol], np.array(entry.cell)
        short, conventional = short_primitive_basis(lattice, cell), conventional_basis(lattice, cell)
        search = direct_metric_from_cells(cell)
        self.metric = short @ search @ short.T
        self.axes = conventional @ np.linalg.inv(short)
        self.cell = cells_from_xnn(xnn_from_metric(np.linalg.inv(conventional @ search @ conventional.T)))


def _primitive_metric(symbol: str, x: np.ndarray) -> np.ndarray:
    cell = cells_from_xnn(full_xnn(LATTICES[symbol], x))
    short = short_primitive_basis(LATTICES[symbol], cell)
    return short @ direct_metric_from_cells(cell) @ short.T


def _equal(metric: np.ndarray, other: np.ndarray) -> bool:
    """Whether two primitive metrics are of one lattice, nearly."""
    if abs(np.linalg.det(metric) / np.linalg.det(other) - 1) > _SAME_VOLUME:
        return False
    relation = common_sublattice(metric, other)
    return relation is not None and relation.indices == (1, 1)


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
    corrected = observed.q2
    if observed.shift_column.size:
        corrected = corrected - entry.refined.shift[0] * observed.shift_column
    misfit = np.minimum(np.abs(corrected - entry.refined.line[0]), observed.cap)
    return float(np.mean((misfit / observed.sigma) ** 2))


def _alternative(entry, other, place, same: bool, geometric: bool, deciding, observed: Observed) -> Alternative:
    own, its = _Frame(entry), _Frame(other)
    relation = common_sublattice(own.metric, its.metric)
    matrix = None
    if relation is not None:
        matrix = np.round(its.axes @ relation.matrix @ np.linalg.inv(own.axes), 6) + 0.0
    return Alternative(
        bravais_lattice=other.symbol,
        unit_cell=tuple(its.cell.tolist()),
        volume=float(volumes_from_cells(its.cell)),
        rank=place,
        score_difference=other.evidence - entry.evidence,
        indices=None if relation is None else relation.indices,
        matrix=matrix,
        deviation=_deviation(entry, other) if relation is not None and relation.indices == (1, 1) else None,
        same_lines=same,
        geometric=geometric,
        deciding_lines=deciding,
        q2_limit=float(BEYOND * observed.q2[-1]),
    )


def _deviation(entry: Entry, other: Entry) -> float | None:
    """By how much the less symmetric of two equal lattices misses the symmetry of the other, degrees."""
    lower, higher = sorted((entry, other), key=lambda e: LATTICES[e.symbol].n_operations)
    for deviation, symbol, _ in pseudo_symmetry(lower.niggli, LATTICES[lower.symbol].n_operations):
        if symbol == higher.symbol:
            return float(deviation)
    return None
