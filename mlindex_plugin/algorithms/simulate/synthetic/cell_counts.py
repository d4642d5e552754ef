"""Space groups, shapes and volumes counted in a table of cells."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import numpy as np

from mlindex_plugin.algorithms.lattice import volumes_from_cells
from mlindex_plugin.algorithms.simulate.synthetic.atomic_volumes import atomic_volume
from mlindex_plugin.algorithms.simulate.synthetic.counts import HIDDEN_SYMMETRY, ORGANIC, Counts, population_of
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.algorithms.simulate.synthetic.statistics import rows_of
from mlindex_plugin.algorithms.simulate.synthetic.tables import UNREADABLE, read_rows
from mlindex_plugin.errors import InputError

_LENGTHS_AND_ANGLES = ("a", "b", "c", "alpha", "beta", "gamma")
_COLUMNS = (
    *("source", "space_group_number", "hm", "setting", *_LENGTHS_AND_ANGLES),
    *("formula", "natoms_conv", "near_experimental_case"),
)
_ANGLE_TOLERANCE = 0.05  # degrees
_LENGTH_TOLERANCE = 2e-3  # relative


def count_cells(path) -> tuple[dict[str, Counts], Counter]:
    """Count space groups, shapes and volumes in a table of cells.

    Parameters
    ----------
    path : str or pathlib.Path
        CSV, gzip or not, with the columns source, space_group_number, hm, setting, a ... gamma, formula, natoms_conv
        and near_experimental_case.

    Returns
    -------
    counts : dict of str to Counts
        By population.
    left_out : collections.Counter
        Rows not counted, by reason.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column, or has no row that can be counted.
    """
    counts = {name: Counts() for name in ("inorganic", "framework", ORGANIC)}
    left_out: Counter = Counter()
    for row in read_rows(path, _COLUMNS):
        reason = _count_cell(row, counts) if row else UNREADABLE
        if reason:
            left_out[reason] += 1
    if not any(own.cells for own in counts.values()):
        reasons = ", ".join(f"{n} {reason}" for reason, n in sorted(left_out.items()))
        raise InputError(f"{path}: no cell can be counted ({reasons}); give another table of cells.")
    return counts, left_out


def _count_cell(row, counts) -> str | None:
    if row["near_experimental_case"] == "1":
        return "near an experimental case"
    try:
        number, cell = int(row["space_group_number"]), _cell(row)
        composition, n_atoms = _composition(row["formula"]), _number_of_atoms(row["natoms_conv"])
    except ValueError:
        return UNREADABLE
    if row["setting"] == "as published" and number == 1:
        return HIDDEN_SYMMETRY
    own = counts[population_of(row["source"], composition)]
    operator = _to_reference(row["hm"], number, bool(abs(cell[5] - 120) < 1))
    if operator is None:
        return "unknown symbol"
    if operator != "a,b,c":
        cell = _changed(cell, operator)
    if not _fits(number, cell):
        return "cell and space group do not go together"
    own.cells.setdefault(number, []).append(cell)
    if composition:
        volume = _sum_of_atomic_volumes(composition, n_atoms)
        if volume:
            logarithms = np.log([volume, volumes_from_cells(cell)])
            for r in rows_of(number):
                own.volumes.setdefault(r, []).append(logarithms)
    return None


def _cell(row) -> np.ndarray:
    """Lengths and angles of a row; ValueError if they are no numbers or enclose no volume."""
    cell = np.array([float(row[name]) for name in _LENGTHS_AND_ANGLES])
    if not (cell.min() > 0 and cell.max() < np.inf and cell[3:].max() < 180 and volumes_from_cells(cell) > 0):
        raise ValueError
    return cell


def _number_of_atoms(text: str) -> float:
    """Zero where it is not told; ValueError if it is no number of atoms."""
    number = float(text or 0)
    if not 0 <= number < np.inf:
        raise ValueError
    return number


def _composition(formula: str) -> dict[str, float]:
    return {e: float(n or 1) for e, n in re.findall(r"([A-Z][a-z]?)([\d.]*)", formula) if float(n or 1) > 0}


def _sum_of_atomic_volumes(composition, n_atoms: float) -> float | None:
    """Of `n_atoms` atoms of a composition, Å³; the formula may be any multiple of the cell's contents."""
    try:
        total = sum(n * atomic_volume(element) for element, n in composition.items())
    except ValueError:
        return None
    return total / sum(composition.values()) * n_atoms


@cache
def _to_reference(symbol: str, number: int, hexagonal: bool) -> str | None:
    """Operator to the reference setting in abc notation; None for a symbol that is not of the group."""
    from cctbx import sgtbx

    suffix = (" :H" if hexagonal else " :R") if symbol.startswith("R") and ":" not in symbol else ""
    try:
        info = sgtbx.space_group_info(symbol + suffix)
    except RuntimeError:
        return None
    return info.type().cb_op().as_abc() if info.type().number() == number else None


def _changed(cell, operator: str) -> np.ndarray:
    from cctbx import sgtbx, uctbx

    return np.array(uctbx.unit_cell(tuple(cell)).change_basis(sgtbx.change_of_basis_op(operator)).parameters())


def _fits(number: int, cell) -> bool:
    """Whether a cell obeys the constraints of the lattice of a reference setting."""
    system = space_group(number).bravais_lattice[0]
    a, b, c, alpha, beta, gamma = cell
    right = {"c": (90, 90, 90), "t": (90, 90, 90), "o": (90, 90, 90), "h": (90, 90, 120), "m": (90, beta, 90)}
    angles = np.abs(np.array(right.get(system, (alpha, beta, gamma))) - cell[3:])
    equal = {"c": (b, c), "t": (b,), "h": (b,)}.get(system, ())
    return bool(np.all(angles < _ANGLE_TOLERANCE) and all(abs(length / a - 1) < _LENGTH_TOLERANCE for length in equal))
