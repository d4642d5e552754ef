"""The statistics that synthetic crystals are drawn from, and the file that holds them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.simulate.synthetic.density import KernelDensity
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.errors import InputError
from mlindex_plugin.whole_files import whole_file

FORMAT = 1
ENOUGH = 50  # examples below which a space group borrows from its lattice
LATTICE_ROWS = {lattice: 230 + i for i, lattice in enumerate(LATTICES)}
ALL_ROW = 244
N_ROWS = 245
MAX_ELEMENTS = 16
MAX_REPETITIONS = 160
LIGHT = ("H", "C", "N", "O")  # repeat in molecules and linkers more often than other elements do


def rows_of(number: int) -> tuple[int, int, int]:
    """Rows of the tables in which a space group, its lattice and everything are counted."""
    return number - 1, LATTICE_ROWS[space_group(number).bravais_lattice], ALL_ROW


@dataclass(frozen=True)
class Statistics:
    """What was counted in one population of crystals.

    Rows of the tables are the 230 space groups, the 14 lattices and the whole; a space group with fewer than 50
    examples borrows from its lattice, and that from the whole.

    Attributes
    ----------
    space_groups : numpy.ndarray of int, shape (230,)
        Cells in each space group.
    shapes : dict of str to KernelDensity
        Of each lattice, coordinates of `shapes_from_cells`.
    volumes : dict of int to KernelDensity
        Of rows: ln of the sum of atomic volumes and ln of the cell volume, Å³.
    n_structures : numpy.ndarray of int, shape (245,)
        Structures whose sites were counted.
    n_elements : numpy.ndarray of int, shape (245, 16)
        Structures with 0, 1, ... different elements.
    elements : numpy.ndarray of int, shape (245, 120)
        Structures that hold each atomic number.
    repetitions : numpy.ndarray of int, shape (245, 2, 160)
        Elements with 0, 1, ... sites in the asymmetric unit; other elements, then the light ones.
    wyckoff : numpy.ndarray of int, shape (230, 27)
        Sites on each Wyckoff position, the general one first.
    freedoms : numpy.ndarray of int, shape (245, 4)
        Sites with 0 to 3 free coordinates.
    """

    space_groups: np.ndarray
    shapes: dict[str, KernelDensity]
    volumes: dict[int, KernelDensity]
    n_structures: np.ndarray
    n_elements: np.ndarray
    elements: np.ndarray
    repetitions: np.ndarray
    wyckoff: np.ndarray
    freedoms: np.ndarray

    def row(self, number: int) -> int:
        """The row whose counts of sites serve a space group: its own, its lattice's, or that of everything."""
        return next((r for r in rows_of(number) if self.n_structures[r] >= ENOUGH), ALL_ROW)

    def volume_density(self, number: int) -> KernelDensity:
        """The density of volumes that serves a space group."""
        return next(self.volumes[r] for r in rows_of(number) if r in self.volumes)

    def site_probabilities(self, number: int) -> np.ndarray:
        """Probability of each Wyckoff position of a space group, shape (n positions,), the general one first.

        A group with too few examples borrows, by the number of free coordinates, from its lattice.
        """
        positions = space_group(number).positions
        row = self.row(number)
        if row == number - 1:
            counts = self.wyckoff[row, : len(positions)].astype(float)
        else:
            free = np.array([position.n_free for position in positions])
            same = np.bincount(free, minlength=4)
            counts = self.freedoms[row][free] / same[free]
            if not counts.any():
                counts[0] = 1
        return counts / counts.sum()


_TABLES = ("space_groups", "n_structures", "n_elements", "elements", "repetitions", "wyckoff", "freedoms")


def write_statistics(path, populations: dict[str, Statistics], attribution: str) -> None:
    """Write statistics as one compressed file of arrays; it appears under its name only when it is complete.

    Parameters
    ----------
    path : str or pathlib.Path
    populations : dict of str to Statistics
    attribution : str
        Where the counted crystals came from.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    arrays = {"header": np.array(json.dumps({"format": FORMAT, "attribution": attribution}))}
    for name, statistics in populations.items():
        for table in _TABLES:
            arrays[f"{name}/{table}"] = getattr(statistics, table).astype(np.uint32)
        for kind in ("shapes", "volumes"):
            for key, density in getattr(statistics, kind).items():
                arrays[f"{name}/{kind}/{key}/centres"] = density.centres.astype(np.float16)
                arrays[f"{name}/{kind}/{key}/covariance"] = density.covariance
    with whole_file(path, "choose another output.file") as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays)


def read_statistics(path) -> dict[str, Statistics]:
    """Read statistics.

    Parameters
    ----------
    path : str or pathlib.Path

    Returns
    -------
    dict of str to Statistics

    Raises
    ------
    InputError
        If the file is not one of statistics, or of another format.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        header = json.loads(str(arrays.pop("header")))
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: not a file of statistics; make one with dials.mlindex_statistics.") from error
    if header["format"] != FORMAT:
        raise InputError(f"{path}: statistics of format {header['format']}, not {FORMAT}; learn them anew.")
    names = {key.split("/")[0] for key in arrays}
    return {name: _population(name, arrays) for name in sorted(names)}


@cache
def shipped_statistics() -> dict[str, Statistics]:
    """The statistics that come with the package."""
    return read_statistics(files(__package__).joinpath("statistics.npz"))


def _population(name: str, arrays: dict[str, np.ndarray]) -> Statistics:
    densities: dict[str, dict] = {"shapes": {}, "volumes": {}}
    for key in arrays:
        parts = key.split("/")
        if parts[0] == name and parts[-1] == "centres":
            density = KernelDensity(arrays[key], arrays[key.replace("/centres", "/covariance")])
            densities[parts[1]][int(parts[2]) if parts[1] == "volumes" else parts[2]] = density
    return Statistics(**densities, **{table: arrays[f"{name}/{table}"] for table in _TABLES})
