"""Reflection conditions of a space group, class by class, as International Tables A words them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES

# No condition of the 230 groups has a longer period than twice this.
_RANGE = np.arange(1, 13)


@dataclass(frozen=True)
class ReflectionClass:
    """Reflections that one row of International Tables holds.

    Attributes
    ----------
    name : str
        As in ``0kl``.
    letters : str
        The free indices, as in ``kl``.
    """

    name: str
    letters: str

    def hkl(self) -> np.ndarray:
        """Indices with every free index from 1 to 12, no two of them equal, shape (12, 3) or (132, 3)."""
        grids = np.meshgrid(*[_RANGE] * len(self.letters), indexing="ij")
        general = np.ones(grids[0].shape, bool) if len(grids) == 1 else grids[0] != grids[1]
        value = {letter: grid[general] for letter, grid in zip(self.letters, grids, strict=True)}
        value["0"] = np.zeros_like(next(iter(value.values())))
        return np.stack([value[character] for character in self.name], axis=1)


def _classes(*names):
    return tuple(ReflectionClass(name, "".join(sorted(set(name) - {"0"}))) for name in names)


# Symmetry-equivalent rows and zones are named once. Rhombohedral lattices are on hexagonal axes.
CLASSES = {
    "cubic": _classes("h00", "0kl", "hhl"),
    "tetragonal": _classes("h00", "00l", "hk0", "0kl", "hhl"),
    "hexagonal": _classes("00l", "h0l", "hhl"),
    "orthorhombic": _classes("h00", "0k0", "00l", "0kl", "h0l", "hk0"),
    "monoclinic": _classes("h00", "0k0", "00l", "h0l"),
    "triclinic": (),
}


def is_axis(name: str) -> bool:
    """Whether a class of reflections is an axis: h00, 0k0 or 00l."""
    return name.count("0") == 2


def axis_presence(conditions) -> np.ndarray:
    """Which of the first 12 reflections on each axis are present.

    Parameters
    ----------
    conditions : mapping of str to str
        From `reflection_conditions`.

    Returns
    -------
    numpy.ndarray of bool, shape (3, 12)
        h00, 0k0, 00l.
    """
    periods = [int(conditions[name].split("=")[1][:-1]) if name in conditions else 1 for name in ("h00", "0k0", "00l")]
    return _RANGE % np.array(periods)[:, None] == 0


@cache
def reflection_conditions(space_group: str, bravais_lattice: str) -> dict[str, str]:
    """Conditions that a space group sets beyond those of its centring.

    Parameters
    ----------
    space_group : str
        Hermann-Mauguin symbol, any setting that cctbx knows; R on hexagonal axes.
    bravais_lattice : str

    Returns
    -------
    dict of str to str
        From the class of reflections to the condition, as in ``{"0k0": "k=2n", "h0l": "h+l=2n"}``; axes first.
        Classes without a condition are left out.

    Raises
    ------
    ValueError
        If a pattern of absences is none of the known ones.
    """
    from cctbx import sgtbx

    group = sgtbx.space_group_info(space_group).group()
    centring = sgtbx.space_group()
    for vector in group.ltr():
        centring.expand_ltr(vector)
    conditions = {}
    for reflections in CLASSES[LATTICES[bravais_lattice].system]:
        hkl = reflections.hkl()
        by_centring, present = _present(centring, hkl), _present(group, hkl)
        if not np.array_equal(by_centring, present):
            conditions[reflections.name] = _words(reflections, hkl, by_centring, present, space_group)
    return conditions


def _present(group, hkl):
    from cctbx.array_family import flex

    indices = flex.miller_index([tuple(row) for row in hkl.tolist()])
    return ~group.is_sys_absent(indices).as_numpy_array()


def _words(reflections, hkl, by_centring, present, space_group):
    """The first rule that together with the centring leaves just the reflections that are present."""
    for words, kept in _rules(reflections, hkl):
        if np.array_equal(kept & by_centring, present):
            return words
    raise ValueError(f"{space_group}: no known condition for {reflections.name}.")


def _rules(reflections, hkl):
    columns = [reflections.name.index(letter) for letter in reflections.letters]
    if is_axis(reflections.name):
        letter, value = reflections.letters, hkl[:, columns[0]]
        return [(f"{letter}={n}n", value % n == 0) for n in (2, 3, 4, 6)]
    (one, two), (p, q) = reflections.letters, hkl[:, columns].T
    even = (p % 2 == 0) & (q % 2 == 0)
    return [
        (f"{one}=2n", p % 2 == 0),
        (f"{two}=2n", q % 2 == 0),
        (f"{one}+{two}=2n", (p + q) % 2 == 0),
        (f"{one},{two}=2n", even),
        (f"2{one}+{two}=4n", (2 * p + q) % 4 == 0),
        (f"{one}+{two}=4n, {one},{two}=2n", even & ((p + q) % 4 == 0)),
    ]
