"""From a ranked candidate to the solution that users see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    BravaisLattice,
    cells_from_xnn,
    conventional_basis,
    full_xnn,
    hkl_design,
    lattice_table,
    reciprocal_metric,
    unpack,
    volumes_from_cells,
    xnn_from_metric,
)
from mlindex_plugin.algorithms.ranking.entry import Entry
from mlindex_plugin.algorithms.ranking.solution import Solution
from mlindex_plugin.algorithms.search import (
    NO_LINE,
    Observed,
    de_wolff,
    reversed_de_wolff,
    smith_snyder,
    zero_shift_column,
)

INDEXED_WITHIN = 3.0  # standard errors
_SINGULAR = 1e-10  # eigenvalue of the scaled normal matrix below which a direction is undetermined


def build_solution(entry: Entry, observed: Observed, rank: int, wavelength: float | None) -> Solution:
    """A solution in the conventional setting.

    Parameters
    ----------
    entry : Entry
    observed : Observed
        The peaks on which the entry was refined.
    rank : int
    wavelength : float or None
        Å.

    Returns
    -------
    Solution
    """
    lattice = LATTICES[entry.symbol]
    x = entry.refined.x[0]
    shift = float(entry.refined.shift[0])
    has_shift = observed.shift_column.size > 0
    corrected = observed.corrected(shift)
    basis = conventional_basis(lattice, np.array(entry.cell))

    assigned = entry.refined.code[0] != NO_LINE
    lines, codes = lines_of_cell(lattice, x, observed)
    # each line goes to one peak; a peak that got none is shown beside its nearest
    nearest = np.argmin(np.abs(corrected[:, None] - lines), axis=1)
    line = np.where(assigned, entry.refined.line[0], lines[nearest])
    search_hkl = np.stack(unpack(np.where(assigned, entry.refined.code[0], codes[nearest])), axis=1)
    q2_calc = line + observed.q2 - corrected
    indexed = assigned & (np.abs(observed.q2 - q2_calc) < INDEXED_WITHIN * observed.sigma)

    directions, determined = _directions(normal_matrix(lattice, search_hkl[indexed], observed, indexed))
    cell, cell_sigma = _cell_with_errors(lattice, x, basis, directions[: len(x)], determined)
    # its prior determines the zero shift whatever the lines say
    shift_sigma = float(np.linalg.norm(directions[-1, determined])) if has_shift else None
    figures = {"M": None, "M_rev": None, "F": None, "score": entry.evidence}
    if indexed.any():
        pairs = corrected[indexed], line[indexed]
        n_lines = np.sum(np.unique(np.round(lines, 9)) <= line[indexed].max() + 1e-9)
        figures["M"] = de_wolff(*pairs, n_lines)
        figures["M_rev"] = reversed_de_wolff(corrected, lines[lines <= line[indexed].max() + 1e-9])
        figures["F"] = smith_snyder(*pairs, n_lines, wavelength)
    return Solution(
        rank=rank,
        bravais_lattice=entry.symbol,
        unit_cell=tuple(cell.tolist()),
        unit_cell_sigma=tuple(cell_sigma.tolist()),
        space_group=lattice.space_group,
        volume=float(volumes_from_cells(cell)),
        niggli_cell=tuple(float(v) for v in entry.niggli),
        figures_of_merit=figures,
        n_indexed=int(indexed.sum()),
        n_peaks=len(observed.q2),
        zero_shift=shift if has_shift else None,
        zero_shift_sigma=shift_sigma,
        q2_obs=observed.q2,
        q2_calc=q2_calc,
        sigma=observed.sigma,
        hkl=_representative(lattice, search_hkl @ basis.T),
        indexed=indexed,
        q2_lines=_shown(lines, shift, has_shift, wavelength, observed),
    )


def _representative(lattice: BravaisLattice, hkl: np.ndarray) -> np.ndarray:
    """Of each Friedel pair the one whose last index that is not zero is positive; hR in the obverse setting."""
    last = np.where(hkl[:, 2] != 0, hkl[:, 2], np.where(hkl[:, 1] != 0, hkl[:, 1], hkl[:, 0]))
    hkl = np.where(last[:, None] < 0, -hkl, hkl)
    if lattice.centring != "R":
        return hkl
    reverse = (hkl @ [-1, 1, 1]) % 3 != 0
    return np.where(reverse[:, None], hkl[:, [1, 0, 2]], hkl)


def _conventional(lattice: BravaisLattice, x: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Unit cells in the conventional setting, shape (..., 6), from free xnn, shape (..., n_free)."""
    inverse = np.linalg.inv(basis)
    metric = inverse.T @ reciprocal_metric(full_xnn(lattice, x)) @ inverse
    return cells_from_xnn(xnn_from_metric(metric))


def _directions(normal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Independent changes of the parameters, columns, and which of them the lines determine.

    Those are one standard error long, so that they and their transpose multiply to the covariance; the others are of
    any length.
    """
    scale = np.sqrt(np.diag(normal))
    scale[scale == 0] = 1.0
    values, vectors = np.linalg.eigh(normal / np.outer(scale, scale))
    determined = values > _SINGULAR
    return vectors / scale[:, None] / np.sqrt(np.where(determined, values, 1.0)), determined


def _cell_with_errors(lattice, x, basis, directions: np.ndarray, determined: np.ndarray):
    """Unit cell and its standard errors, propagated from those of the peaks to first order.

    What the indexed lines leave undetermined has an infinite error. Of `directions`, see `_directions`, those of the
    cell are given, shape (n_free, n).
    """
    cell = _conventional(lattice, x, basis)
    cell[3:] = np.where(np.isclose(cell[3:], np.round(cell[3:]), rtol=0, atol=1e-9), np.round(cell[3:]), cell[3:])
    covariance = directions[:, determined] @ directions[:, determined].T
    step = 1e-6 * np.max(np.abs(x))
    moved = _conventional(lattice, x + step * np.eye(len(x)), basis)
    jacobian = (moved - _conventional(lattice, x, basis)) / step
    variance = np.einsum("pi,pq,qi->i", jacobian, covariance, jacobian)
    sigma = np.sqrt(np.maximum(variance, 0)) * (variance > 1e-16)
    free = directions[:, ~determined]
    effect = np.abs(jacobian.T @ (free / np.maximum(np.linalg.norm(free, axis=0), 1e-300)))
    adrift = effect.max(axis=1, initial=0) > 1e-4 * np.abs(jacobian).max()
    return cell, np.where(adrift, np.inf, sigma)


def with_scale_error(solution: Solution, scale_error: float | None) -> Solution:
    """A solution whose lengths have a relative error more, of the wavelength or the detector distance.

    d is in proportion to the wavelength and, at small angles, to the distance: all lengths are off by one factor, and
    no angle is. The lines agree as well with the cell of any scale, hence it cannot be refined.

    Parameters
    ----------
    solution : Solution
    scale_error : float or None
        Relative standard error; None for one that is not known, which leaves the solution as it is.
    """
    if scale_error is None:
        return solution
    lengths = np.array(solution.unit_cell[:3])
    sigma = np.hypot(solution.unit_cell_sigma[:3], lengths * scale_error)
    return replace(solution, unit_cell_sigma=(*sigma.tolist(), *solution.unit_cell_sigma[3:]))


def normal_matrix(lattice: BravaisLattice, hkl: np.ndarray, observed: Observed, indexed: np.ndarray) -> np.ndarray:
    """Normal matrix of the free parameters, and of the zero shift with its prior where there is one."""
    rows = hkl_design(lattice, hkl)
    if observed.shift_column.size:
        rows = np.column_stack([rows, observed.shift_column[indexed]])
    rows = rows / observed.sigma[indexed][:, None]
    normal = rows.T @ rows
    if observed.shift_column.size:
        normal[-1, -1] += 1 / observed.shift_sigma**2
    return normal


def _shown(lines: np.ndarray, shift: float, has_shift: bool, wavelength: float | None, observed: Observed):
    """Predicted lines where they would be observed, up to the last peak."""
    if has_shift:
        lines = lines + shift * zero_shift_column(lines, wavelength)
    return lines[lines <= observed.q2[-1] + 4 * observed.sigma[-1]]


def lines_of_cell(lattice: BravaisLattice, x: np.ndarray, observed: Observed) -> tuple[np.ndarray, np.ndarray]:
    """Lines below the limit, ascending, and their packed Miller indices in the search setting; none of no cell."""
    return lattice_table(lattice.symbol).lines(x, observed.limit, observed.most_lines_refined)
