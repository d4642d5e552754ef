"""Entries of random crystals, as a data set holds them."""

from __future__ import annotations

from functools import cache

import numpy as np

from mlindex_plugin.algorithms.simulate.entry import Entry
from mlindex_plugin.algorithms.simulate.entry_lines import entry_lines, lines_to
from mlindex_plugin.algorithms.simulate.random_crystal import random_structure

GROUPS = {"P 1 21/n 1": ("mP", 14), "P 1 21 1": ("mP", 4), "P 21 21 21": ("oP", 19)}


def entry_of(cell, space_group, lattice, number, seed):
    """Entry of six random atoms in a cell."""
    structure = random_structure(cell, space_group, seed, elements=["S", "C", "C", "N", "O", "C"])
    observable, allowed = entry_lines(lambda limit: lines_to(limit, structure))
    return Entry(
        identifier=f"{space_group} {seed}",
        source="structure",
        bravais_lattice=lattice,
        space_group_number=number,
        space_group=space_group,
        formula="C3 N1 O1 S1",
        cell=np.array(cell),
        change_of_basis="x,y,z",
        observable=observable,
        allowed=allowed,
    )


@cache
def entries(space_group, n):
    """`n` entries of one of `GROUPS`, cells in the common setting."""
    lattice, number = GROUPS[space_group]
    rng = np.random.default_rng(number)
    made = []
    for seed in range(n):
        a, b, c = np.sort(rng.uniform([4.0, 6.0, 9.0], [6.0, 9.0, 14.0]))
        beta = rng.uniform(92.0, 103.0) if lattice == "mP" else 90.0
        made.append(entry_of((a, b, c, 90.0, beta, 90.0), space_group, lattice, number, seed))
    return made
