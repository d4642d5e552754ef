"""Small data sets of made-up primitive tetragonal crystals, written as dials.mlindex_dataset writes them."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.simulate.augmentation import allowed_lines_of_cells
from mlindex_plugin.algorithms.simulate.dataset.layout import SPLITS, append, create
from mlindex_plugin.algorithms.simulate.dataset.parts import entry_columns
from mlindex_plugin.algorithms.simulate.entry import Entry, Lines
from mlindex_plugin.algorithms.simulate.preparation.structure_entries import Prepared

SYMBOLS = ("P 4/m m m", "P 4 21 2")  # of two groups


def crystal(identifier, number, source="structure", formula=None, space_group=SYMBOLS[0]):
    """Entry of a cell that depends on `number` alone; two thirds of its lines are observable."""
    rng = np.random.default_rng(number)
    a, c = rng.uniform(4.0, 8.0), rng.uniform(6.0, 14.0)
    cell = np.array([a, a, c, 90.0, 90.0, 90.0])
    ((q2, hkl),) = allowed_lines_of_cells("tP", [space_group], cell[None])
    intensity = rng.uniform(10.0, 1000.0, len(q2))
    lists = []
    for _ in range(3):
        seen = np.sort(rng.permutation(60)[:40])
        lists.append(Lines(q2[seen], hkl[seen], intensity[seen]))
    return Entry(
        identifier=identifier,
        source=source,
        bravais_lattice="tP",
        space_group_number=123 if space_group == SYMBOLS[0] else 90,
        space_group=space_group,
        formula=formula or f"C{number + 1}",
        cell=cell,
        change_of_basis="x,y,z",
        observable=tuple(lists),
        allowed=Lines(q2[:60], hkl[:60], intensity[:60]),
    )


def write_data_set(path, entries, splits, families=None, left_out=()):
    """A data set with given splits; each entry is a family of its own unless `families` says otherwise."""
    with create(path, 0) as handle:
        append(handle, entry_columns([Prepared(entry.identifier, entry) for entry in entries]))
        handle["entries/split"][...] = [SPLITS.index(split) for split in splits]
        handle["entries/family"][...] = np.arange(len(entries)) if families is None else families
        append(handle, {"left_out/name": list(left_out)})
    return path


def many_crystals(path, n=60, first=0):
    """A data set of `n` crystals, every fifth for validation, a third of the second space group."""
    numbers = range(first, first + n)
    entries = [crystal(f"{i}.cif", i, space_group=SYMBOLS[i % 3 == 2]) for i in numbers]
    return write_data_set(path, entries, ["validation" if i % 5 == 4 else "training" for i in numbers])
