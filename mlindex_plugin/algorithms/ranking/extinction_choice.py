"""Which space group to index stills in, when the extinction symbol is known with a probability only."""

from __future__ import annotations

from functools import cache

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.ranking.extinction import Extinction
from mlindex_plugin.algorithms.ranking.extinction_table import absences
from mlindex_plugin.algorithms.ranking.solution import Solution

_LIKELY = 0.75


def space_group_for_indexing(solution: Solution) -> str:
    """Hermann-Mauguin symbol of a group whose absences are likely.

    A reflection that is taken for absent and is not costs its spots; one that is predicted and absent costs little. Of
    the extinction symbols whose absences, all together, have a probability above 75 % (that of all symbols that
    have them) the one with the most absences is taken, and of its space groups the commonest that has all rotations of
    the lattice, else the commonest: positions of powder lines say nothing against a rotation.

    Parameters
    ----------
    solution : Solution

    Returns
    -------
    str
        In the setting of the solution's cell; its `space_group` if there are no extinction symbols.
    """
    absent = [_absent(one.space_groups[0]) for one in solution.extinction]
    best, group = -1, solution.space_group
    for one, own in zip(solution.extinction, absent, strict=True):
        pairs = zip(solution.extinction, absent, strict=True)
        probability = sum(other.probability for other, theirs in pairs if np.all(theirs[own]))
        if probability > _LIKELY and own.sum() > best:
            best, group = own.sum(), _with_most_rotations(one, solution.bravais_lattice)
    return group


@cache
def _absent(space_group: str) -> np.ndarray:
    return np.unpackbits(np.frombuffer(absences(_group(space_group)), np.uint8)).astype(bool)


def _with_most_rotations(one: Extinction, bravais_lattice: str) -> str:
    lattice_class = _group(LATTICES[bravais_lattice].space_group).build_derived_laue_group()
    full = [symbol for symbol in one.space_groups if _group(symbol).build_derived_laue_group() == lattice_class]
    symbol = (full or one.space_groups)[0]
    return f"{symbol} :H" if bravais_lattice == "hR" else symbol


def _group(symbol: str):
    from cctbx import sgtbx

    return sgtbx.space_group_info(symbol).group()
