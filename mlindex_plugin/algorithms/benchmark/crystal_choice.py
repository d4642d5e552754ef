"""Crystals that no model was trained on, and on which nothing was chosen that is judged on them.

The validation side of the data sets of training has two halves: on ``development`` shares and thresholds are chosen,
``test`` is reported. Of a data set that was not trained on at all, every crystal is ``unseen``.
"""

from __future__ import annotations

import hashlib

import numpy as np

from mlindex_plugin.algorithms.training.crystals import Crystals, join_crystals, read_crystals

PARTS = ("development", "test")
UNSEEN = "unseen"


def part_of(name: str) -> str:
    """Half to which a crystal belongs, by a hash of its name."""
    return PARTS[hashlib.sha256(name.encode()).digest()[0] % 2]


def crystals_of_part(paths, symbol: str, part: str) -> Crystals:
    """The crystals of a lattice that belong to a part.

    Parameters
    ----------
    paths : sequence of str or pathlib.Path
        Data sets of ``dials.mlindex_dataset``.
    symbol : str
        Bravais lattice.
    part : str
        ``development``, ``test`` or ``unseen``.

    Raises
    ------
    InputError
        If a file cannot be read as a data set.
    """
    sides = read_crystals(paths, symbol)
    if part == UNSEEN:
        return join_crystals(list(sides.values()))
    validation = sides["validation"]
    return validation.take(np.array([part_of(str(name)) == part for name in validation.identifier], dtype=bool))


def shuffled(crystals: Crystals, seed: int) -> Crystals:
    """The crystals in an order that depends on the seed and their names alone, so that fewer are the first of more."""
    keys = [stream(seed, name) for name in crystals.identifier]
    return crystals.take(np.argsort(np.array(keys, dtype=np.uint64), kind="stable"))


def stream(seed: int, *words) -> int:
    """A number for a random stream of its own, from a seed and names."""
    text = " ".join([str(seed), *map(str, words)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
