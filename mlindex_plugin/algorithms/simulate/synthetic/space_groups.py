"""What the generator needs of a space group, in its reference setting, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.simulate.operations import operations
from mlindex_plugin.algorithms.simulate.structure import bravais_lattice_symbol


@dataclass(frozen=True)
class WyckoffPosition:
    """A Wyckoff position: the points `linear` @ u + `shift` for all u.

    Attributes
    ----------
    letter : str
    multiplicity : int
        Points in the conventional cell.
    n_free : int
        Free coordinates, 0 to 3.
    linear : numpy.ndarray, shape (3, 3)
    shift : numpy.ndarray, shape (3,)
    """

    letter: str
    multiplicity: int
    n_free: int
    linear: np.ndarray
    shift: np.ndarray


@dataclass(frozen=True)
class SpaceGroup:
    """A space group in its reference setting.

    Attributes
    ----------
    number : int
    bravais_lattice : str
    group : cctbx.sgtbx.space_group
    order : int
        Operations in the conventional cell.
    n_centring : int
        Lattice points in the conventional cell.
    rotations : numpy.ndarray of int, shape (n, 3, 3)
    translations : numpy.ndarray, shape (n, 3)
        All operations, as fractions of the axes.
    primitive : numpy.ndarray of int
        Those of the operations that differ by more than a centring translation; of an operation and its product with
        an inversion at the origin only one.
    has_inversion_at_origin : bool
    positions : tuple of WyckoffPosition
        The general position first.
    other_rotations : numpy.ndarray of int, shape (m, 3, 3)
        One rotation of each coset of the point group in that of the lattice, the identity first.
    """

    number: int
    bravais_lattice: str
    group: Any
    order: int
    n_centring: int
    rotations: np.ndarray
    translations: np.ndarray
    primitive: np.ndarray
    has_inversion_at_origin: bool
    positions: tuple[WyckoffPosition, ...]
    other_rotations: np.ndarray


@cache
def space_group(number: int) -> SpaceGroup:
    """The space group of a number.

    Parameters
    ----------
    number : int
        1 to 230.

    Returns
    -------
    SpaceGroup
    """
    from cctbx import sgtbx

    info = sgtbx.space_group_info(number=number)
    group = info.group()
    lattice = bravais_lattice_symbol(group)
    rotations, translations = operations(group.all_ops())
    table = info.wyckoff_table()
    return SpaceGroup(
        number=number,
        bravais_lattice=lattice,
        group=group,
        order=group.order_z(),
        n_centring=group.n_ltr(),
        rotations=rotations,
        translations=translations,
        primitive=_independent(rotations, group.is_origin_centric()),
        has_inversion_at_origin=group.is_origin_centric(),
        positions=tuple(_position(table.position(i)) for i in range(table.size())),
        other_rotations=_coset_representatives(rotations, _lattice_rotations(lattice)),
    )


def _position(position) -> WyckoffPosition:
    operator = position.special_op()
    linear = np.array(operator.r().as_double()).reshape(3, 3)
    shift = np.array(operator.t().as_double())
    n_free = int(np.linalg.matrix_rank(linear))
    return WyckoffPosition(position.letter(), position.multiplicity(), n_free, linear, shift)


def _independent(rotations: np.ndarray, centric: bool) -> np.ndarray:
    seen, kept = set(), []
    for i, rotation in enumerate(rotations):
        key = tuple(rotation.ravel())
        if key in seen or (centric and tuple(-rotation.ravel()) in seen):
            continue
        seen.add(key)
        kept.append(i)
    return np.array(kept)


def _lattice_rotations(lattice: str) -> np.ndarray:
    from cctbx import sgtbx

    proper = sgtbx.space_group_info(LATTICES[lattice].space_group).group()
    rotations, _ = operations(proper.smx())
    return np.concatenate([rotations, -rotations])


def _coset_representatives(point_group: np.ndarray, of_lattice: np.ndarray) -> np.ndarray:
    members = np.unique(point_group.reshape(-1, 9), axis=0).reshape(-1, 3, 3)
    representatives = [np.eye(3, dtype=np.int64)]
    covered = {tuple(rotation.ravel()) for rotation in members}
    for rotation in of_lattice:
        if tuple(rotation.ravel()) not in covered:
            representatives.append(rotation)
            covered |= {tuple((rotation @ member).ravel()) for member in members}
    return np.array(representatives)
