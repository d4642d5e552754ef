"""Groups of reflection conditions that have enough crystals for a model of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.simulate.grouping import group_names, group_of

FEWEST_OF_GROUP = 100  # crystals, augmented copies counted


@dataclass(frozen=True)
class Groups:
    """Groups of one lattice, and which others they have taken in.

    Attributes
    ----------
    names : tuple of str
        Groups that have a model of their own.
    merged : dict of str to int
        Groups that were too small, with their number of crystals.
    largest : str
        The group that took them in.
    """

    names: tuple[str, ...]
    merged: dict[str, int]
    largest: str

    def number(self, space_groups: Sequence[str]) -> np.ndarray:
        """Index in `names` for each space-group symbol of the common setting, shape (n,)."""
        index = {name: i for i, name in enumerate(self.names)}
        return np.array([index.get(group_of(symbol), index[self.largest]) for symbol in space_groups], dtype=int)


def make_groups(symbol: str, space_groups: Sequence[str]) -> Groups:
    """Groups of a lattice; those with too few crystals go to the largest.

    Parameters
    ----------
    symbol : str
        Bravais lattice.
    space_groups : sequence of str
        Of the crystals, at least one.
    """
    counts = Counter(group_of(one) for one in space_groups)
    names = group_names(symbol)
    largest = max(names, key=lambda name: counts[name])
    kept = tuple(name for name in names if counts[name] >= FEWEST_OF_GROUP or name == largest)
    return Groups(kept, {name: counts[name] for name in names if name not in kept}, largest)
