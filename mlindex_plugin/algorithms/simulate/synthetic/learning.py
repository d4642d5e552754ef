"""Statistics of synthetic crystals, counted in a table of cells and in CIFs."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from mlindex_plugin.algorithms.simulate.structure import read_structure
from mlindex_plugin.algorithms.simulate.synthetic.atomic_volumes import atomic_volume
from mlindex_plugin.algorithms.simulate.synthetic.density import KernelDensity, scott_covariance
from mlindex_plugin.algorithms.simulate.synthetic.shapes import shapes_from_cells
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.algorithms.simulate.synthetic.statistics import (
    ENOUGH,
    LATTICE_ROWS,
    LIGHT,
    MAX_ELEMENTS,
    MAX_REPETITIONS,
    N_ROWS,
    Statistics,
    rows_of,
)
from mlindex_plugin.errors import InputError

FRAMEWORK_SOURCES = ("CoRE-MOF", "cif:danieleongari", "cif:SarkisovGitHub", "cif:iRASPA", "cif:fxcoudert", "cif:SimonE")
ORGANIC = "organic"  # cells and structures with carbon and hydrogen that are no frameworks
CENTRES = {"shapes": 1200, "volumes": 120}  # kernel centres kept; the bandwidth is that of all
_ANGLE_TOLERANCE = 0.05  # degrees


@dataclass
class Counts:
    """What is counted in one population while files are read; the fields are those of `Statistics`."""

    cells: dict[int, list] = field(default_factory=dict)
    volumes: dict[int, list] = field(default_factory=dict)
    n_structures: np.ndarray = field(default_factory=lambda: np.zeros(N_ROWS, int))
    n_elements: np.ndarray = field(default_factory=lambda: np.zeros((N_ROWS, MAX_ELEMENTS), int))
    elements: np.ndarray = field(default_factory=lambda: np.zeros((N_ROWS, 120), int))
    repetitions: np.ndarray = field(default_factory=lambda: np.zeros((N_ROWS, 2, MAX_REPETITIONS), int))
    wyckoff: np.ndarray = field(default_factory=lambda: np.zeros((230, 27), int))
    freedoms: np.ndarray = field(default_factory=lambda: np.zeros((N_ROWS, 4), int))


def population_of(source: str, elements) -> str:
    """The population that a crystal is counted in.

    Parameters
    ----------
    source : str
        The column ``source`` of the tables.
    elements : set of str
    """
    if source.startswith(FRAMEWORK_SOURCES):
        return "framework"
    return ORGANIC if {"C", "H"} <= set(elements) else "inorganic"


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
        If the file cannot be read or lacks a column.
    """
    counts = {name: Counts() for name in ("inorganic", "framework", ORGANIC)}
    left_out: Counter = Counter()
    for row in _rows(path):
        try:
            reason = _count_cell(row, counts)
        except KeyError as error:
            raise InputError(f"{path}: no column {error}; give the table of cells.") from error
        if reason:
            left_out[reason] += 1
    return counts, left_out


def _rows(path):
    path = Path(path)
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8", newline="") as stream:
            yield from csv.DictReader(stream)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable CSV file ({type(error).__name__}); check the name.") from error


def _count_cell(row, counts) -> str | None:
    if row["near_experimental_case"] == "1":
        return "near an experimental case"
    published = row["setting"] == "as published"
    number = int(row["space_group_number"])
    if published and number == 1:
        return "P 1 as published, often of hidden symmetry"
    composition = _composition(row["formula"])
    own = counts[population_of(row["source"], composition)]
    cell = np.array([float(row[name]) for name in ("a", "b", "c", "alpha", "beta", "gamma")])
    operator = _to_reference(row["hm"], number, bool(abs(cell[5] - 120) < 1))
    if operator is None:
        return "unknown symbol"
    if operator != "a,b,c":
        cell = _changed(cell, operator)
    if not _fits(number, cell):
        return "cell and space group do not go together"
    own.cells.setdefault(number, []).append(cell)
    if row["natoms_conv"] and composition:
        volume = _sum_of_atomic_volumes(composition, float(row["natoms_conv"]))
        if volume:
            logarithms = np.log([volume, _volume(cell)])
            for r in rows_of(number):
                own.volumes.setdefault(r, []).append(logarithms)
    return None


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
    return bool(np.all(angles < _ANGLE_TOLERANCE) and all(abs(length / a - 1) < 2e-3 for length in equal))


def _volume(cell) -> float:
    cosines = np.cos(np.radians(cell[3:]))
    return float(np.prod(cell[:3]) * np.sqrt(1 - cosines @ cosines + 2 * cosines.prod()))


def count_structure(path, source: str, counts: dict[str, Counts]) -> str | None:
    """Count elements, repetitions and Wyckoff positions of a CIF.

    Parameters
    ----------
    path : str or pathlib.Path
    source : str
        Of the index, for the population.
    counts : dict of str to Counts
        Added to.

    Returns
    -------
    str or None
        Why the file was not counted.
    """
    try:
        structure = read_structure(path)
    except InputError:
        return "not a usable CIF"
    info = structure.space_group_info()
    number = info.type().number()
    if number == 1 and not source.startswith(("MP_", "CoRE-MOF")):
        return "P 1 as published, often of hidden symmetry"
    scatterers = structure.scatterers()
    if any(scatterer.occupancy < 0.99 for scatterer in scatterers):
        return "partial occupancies"
    elements = [scatterer.element_symbol() or "" for scatterer in scatterers]
    own = counts[population_of(source, elements)]
    structure = structure.change_basis(info.type().cb_op())
    table = _wyckoff_table(number)
    letters = [table.mapping(structure.site_symmetry(s.site)).position().letter() for s in structure.scatterers()]
    _count_sites(own, number, elements, letters)
    return None


@cache
def _wyckoff_table(number: int):
    from cctbx import sgtbx

    return sgtbx.space_group_info(number=number).wyckoff_table()


def _count_sites(counts: Counts, number: int, elements, letters) -> None:
    from cctbx.eltbx import tiny_pse

    sites_of = Counter("H" if element == "D" else element for element in elements)
    index_of = {position.letter: i for i, position in enumerate(space_group(number).positions)}
    for row in rows_of(number):
        counts.n_structures[row] += 1
        counts.n_elements[row, min(len(sites_of), MAX_ELEMENTS - 1)] += 1
        for element, n in sites_of.items():
            counts.elements[row, tiny_pse.table(element).atomic_number()] += 1
            counts.repetitions[row, int(element in LIGHT), min(n, MAX_REPETITIONS - 1)] += 1
        for letter in letters:
            counts.freedoms[row, space_group(number).positions[index_of[letter]].n_free] += 1
    for letter in letters:
        counts.wyckoff[number - 1, index_of[letter]] += 1


def statistics_from_counts(counts: Counts, rng) -> Statistics:
    """Densities and tables of one population.

    Parameters
    ----------
    counts : Counts
    rng : numpy.random.Generator
        Which kernel centres are kept.

    Returns
    -------
    Statistics
    """
    shapes = {}
    for lattice in LATTICE_ROWS:
        cells = [cell for number in counts.cells if space_group(number).bravais_lattice == lattice
                 for cell in counts.cells[number]]  # fmt: skip
        if cells:
            shapes[lattice] = _density(shapes_from_cells(lattice, np.array(cells)), CENTRES["shapes"], rng)
    volumes = {
        row: _density(np.array(points), CENTRES["volumes"], rng)
        for row, points in sorted(counts.volumes.items())
        if len(points) >= ENOUGH
    }
    space_groups = np.zeros(230, int)
    for number, cells in counts.cells.items():
        space_groups[number - 1] = len(cells)
    tables = ("n_structures", "n_elements", "elements", "repetitions", "wyckoff", "freedoms")
    return Statistics(space_groups, shapes, volumes, **{table: getattr(counts, table) for table in tables})


def _density(points: np.ndarray, most: int, rng) -> KernelDensity:
    covariance = scott_covariance(points)
    if len(points) > most:
        points = points[np.sort(rng.choice(len(points), most, replace=False))]
    return KernelDensity(points, covariance)
