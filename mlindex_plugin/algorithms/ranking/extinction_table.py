"""The extinction symbols of each Bravais lattice on the axes of solutions: how common they are, their space groups."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from mlindex_plugin.algorithms.lattice import BravaisLattice, conventional_basis

TABLE = "extinction_symbols.csv"
COLUMNS = ("lattice", "symbol", "conditions", "share", "space_groups")


@dataclass(frozen=True)
class ExtinctionSymbol:
    """A pattern of systematic absences.

    Attributes
    ----------
    name : str
        As in ``P n a -``, on the axes of solutions.
    share : float
        Of the crystals of the lattice, before any line is seen.
    space_groups : tuple of str
        Hermann-Mauguin symbols on the axes of solutions, the commonest first.
    """

    name: str
    share: float
    space_groups: tuple[str, ...]


@cache
def symbols_of(bravais_lattice: str) -> tuple[ExtinctionSymbol, ...]:
    """The extinction symbols of a Bravais lattice; orthorhombic and monoclinic ones in every setting of the axes."""
    text = (files(__package__) / TABLE).read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return tuple(
        ExtinctionSymbol(row["symbol"], float(row["share"]), tuple(row["space_groups"].split("; ")))
        for row in rows
        if row["lattice"] == bravais_lattice
    )


def in_solution_setting(lattice: BravaisLattice, space_group: str, cell: np.ndarray):
    """A space group on the axes that a solution would have.

    Parameters
    ----------
    lattice : BravaisLattice
    space_group : str
        Hermann-Mauguin symbol in the setting of `cell`.
    cell : numpy.ndarray, shape (6,)
        Å and degrees, search setting (that of data sets).

    Returns
    -------
    cctbx.sgtbx.space_group
    """
    from cctbx import sgtbx

    basis = conventional_basis(lattice, np.asarray(cell, dtype=float))
    axes = ["".join(f"{n:+d}*{axis}" for n, axis in zip(row, "abc", strict=True) if n) for row in basis.tolist()]
    return sgtbx.space_group_info(space_group).group().change_basis(sgtbx.change_of_basis_op(",".join(axes)))


def name_of(bravais_lattice: str, group) -> str:
    """Name of the extinction symbol of a space group (cctbx.sgtbx.space_group) on the axes of solutions."""
    return _names(bravais_lattice)[absences(group)]


@cache
def _names(bravais_lattice: str) -> dict[bytes, str]:
    from cctbx import sgtbx

    return {
        absences(sgtbx.space_group_info(symbol.space_groups[0]).group()): symbol.name
        for symbol in symbols_of(bravais_lattice)
    }


def absences(group) -> bytes:
    """What tells the patterns of absences of space groups apart: a bit for each of many reflections."""
    return np.packbits(group.is_sys_absent(_probes()).as_numpy_array()).tobytes()


@cache
def _probes():
    """Reflections on the axes, in which periods are up to 6, and in all zones, in which they are up to 4."""
    from cctbx.array_family import flex

    zones = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3), axis=-1).reshape(-1, 3)
    axes = np.concatenate([axis * np.arange(5, 13)[:, None] for axis in np.eye(3, dtype=int)])
    return flex.miller_index([tuple(row) for row in np.concatenate([zones, axes]).tolist()])
