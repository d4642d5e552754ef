"""Crystals of one lattice from several data sets, each on one side only: training or validation."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from mlindex_plugin.algorithms.simulate.dataset import open_dataset
from mlindex_plugin.algorithms.simulate.dataset.file_names import base_name
from mlindex_plugin.algorithms.simulate.entry import Entry, Lines
from mlindex_plugin.algorithms.simulate.preparation.duplicates import duplicate_families
from mlindex_plugin.algorithms.simulate.preparation.formula import composition, group_order

logger = logging.getLogger(__name__)

STRUCTURE = "structure"  # source of what came from a CIF
_NO_LINES = Lines(np.empty(0), np.empty((0, 3), int), np.empty(0))


@dataclass(frozen=True, eq=False)
class Crystals:
    """Crystals of one Bravais lattice with their observable lines, one list for each breadth of a line.

    Attributes
    ----------
    identifier, source, space_group : numpy.ndarray of str, shape (n,)
    cells : numpy.ndarray, shape (n, 6)
        Å and degrees, common setting.
    family : numpy.ndarray of int, shape (n,)
        One number for a crystal and its duplicates, over all data sets.
    n_lines : numpy.ndarray of int, shape (n, b)
        Lines of each list.
    q2, intensity : numpy.ndarray, shape (n, b, m)
        Exact positions in 1/Å²; nan beyond the last line.
    hkl : numpy.ndarray of int16, shape (n, b, m, 3)
    """

    identifier: np.ndarray
    source: np.ndarray
    space_group: np.ndarray
    cells: np.ndarray
    family: np.ndarray
    n_lines: np.ndarray
    q2: np.ndarray
    intensity: np.ndarray
    hkl: np.ndarray

    def __len__(self) -> int:
        return len(self.identifier)

    def take(self, rows) -> Crystals:
        """Some of the crystals; `rows` are indices or a mask."""
        return Crystals(*(getattr(self, field.name)[rows] for field in fields(self)))

    def lines(self, i: int, breadth: int) -> Lines:
        """Observable lines of a crystal; `breadth` is the number of the list, narrow lines first."""
        n = self.n_lines[i, breadth]
        return Lines(*(column[i, breadth, :n] for column in (self.q2, self.hkl, self.intensity)))

    def entries(self, symbol) -> list[Entry]:
        """As entries, for augmentation, which looks at neither formula nor allowed lines."""
        return [
            Entry(
                identifier=self.identifier[i],
                source=self.source[i],
                bravais_lattice=symbol,
                space_group_number=0,
                space_group=self.space_group[i],
                formula="",
                cell=self.cells[i],
                change_of_basis="x,y,z",
                observable=tuple(self.lines(i, breadth) for breadth in range(self.n_lines.shape[1])),
                allowed=_NO_LINES,
            )
            for i in range(len(self))
        ]


def join_crystals(parts: Sequence[Crystals]) -> Crystals:
    """Several sets of crystals as one."""
    return Crystals(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Crystals)))


def crystals_of_entries(entries: Sequence[Entry], family: np.ndarray, n_most: int) -> Crystals:
    """Crystals from entries with at most `n_most` lines a list; `family` has one number an entry."""
    n_breadths = len(entries[0].observable)
    shape = (len(entries), n_breadths, n_most)
    n_lines = np.array([[len(lines) for lines in entry.observable] for entry in entries])
    q2, intensity, hkl = np.full(shape, np.nan), np.full(shape, np.nan, np.float32), np.zeros((*shape, 3), np.int16)
    for i, entry in enumerate(entries):
        for j, lines in enumerate(entry.observable):
            n = len(lines)
            q2[i, j, :n], intensity[i, j, :n], hkl[i, j, :n] = lines.q2, lines.intensity, lines.hkl
    return Crystals(
        np.array([entry.identifier for entry in entries], dtype=object),
        np.array([entry.source for entry in entries], dtype=object),
        np.array([entry.space_group for entry in entries], dtype=object),
        np.array([entry.cell for entry in entries]),
        family,
        n_lines,
        q2,
        intensity,
        hkl,
    )


def read_crystals(paths: Sequence, symbol: str) -> dict[str, Crystals]:
    """Read the crystals of a lattice from data sets of ``dials.mlindex_dataset``.

    A crystal, with all its duplicates in all files, is on one side. What one file leaves out is left out whatever the
    others say, and what is for validation in one file is never trained on; so a model may be judged on the validation
    side of each of them. Of a crystal in several files the first file's entries are taken.

    Parameters
    ----------
    paths : sequence of str or pathlib.Path
    symbol : str
        Bravais lattice.

    Returns
    -------
    dict of str to Crystals
        ``training`` and ``validation``.

    Raises
    ------
    InputError
        If a file cannot be read as a data set.
    """
    with ExitStack() as stack:
        datasets = [stack.enter_context(open_dataset(path)) for path in paths]
        rows = [dataset.rows(bravais_lattice=symbol) for dataset in datasets]
        heads = [_Head.read(dataset, of_file) for dataset, of_file in zip(datasets, rows, strict=True)]
        file = np.repeat(np.arange(len(paths)), [len(of_file) for of_file in rows])
        family = _families(heads, file)
        left_out = frozenset().union(*(dataset.column("left_out/name") for dataset in datasets))
        side = _sides(heads, family, left_out)
        used = _first_file(np.isin(np.concatenate([head.split for head in heads]), list(SIDES)), family, file)
        return {name: _read(datasets, rows, used & (side == name), family) for name in SIDES}


SIDES = ("training", "validation")


@dataclass(frozen=True, eq=False)
class _Head:
    """What tells families and sides, of the rows of one lattice in one file."""

    identifier: np.ndarray
    source: np.ndarray
    formula: np.ndarray
    space_group: np.ndarray
    volume: np.ndarray
    family: np.ndarray
    split: np.ndarray

    @classmethod
    def read(cls, dataset, rows) -> _Head:
        return cls(*(dataset.column(field.name, rows) for field in fields(cls)))


def _families(heads, file) -> np.ndarray:
    """Number of the family of each row, over all files."""
    n = len(file)
    own = np.concatenate([head.family for head in heads])
    _, of_file = np.unique(np.stack([file, own]), axis=1, return_inverse=True)
    links = [_first_of(of_file.ravel())]
    names = np.concatenate([head.identifier for head in heads])
    sources = np.concatenate([head.source for head in heads])
    real = np.flatnonzero(sources == STRUCTURE)
    # A synthetic crystal is known by its name (population, seed and number), a structure by what it is made of.
    made = np.flatnonzero(sources != STRUCTURE)
    same_name = np.arange(n)
    same_name[made] = made[_first_of(np.unique(names[made].astype(str), return_inverse=True)[1])]
    duplicate = np.arange(n)
    if len(real):
        formula, symbol, volume = (
            np.concatenate([getattr(head, name) for head in heads])[real]
            for name in ("formula", "space_group", "volume")
        )
        atoms = [composition(one, group_order(group)) for one, group in zip(formula, symbol, strict=True)]
        duplicate[real] = real[duplicate_families([""] * len(real), atoms, volume)]
    links += [same_name, duplicate]
    ends = np.concatenate(links)
    starts = np.tile(np.arange(n), len(links))
    _, labels = connected_components(coo_matrix((np.ones(len(ends), bool), (starts, ends)), (n, n)), directed=False)
    return labels.astype(np.int64)


def _first_of(labels) -> np.ndarray:
    """Index of the first row that has the same label."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return first[inverse.ravel()]


def _sides(heads, family, left_out) -> np.ndarray:
    """Side of each row: that of its family."""
    split = np.concatenate([head.split for head in heads])
    names = np.concatenate([head.identifier for head in heads])
    named = np.array([base_name(name) in left_out for name in names], dtype=bool) if left_out else np.zeros(1, bool)
    side = np.full(len(family), "training", dtype=object)
    side[np.isin(family, family[split == "validation"])] = "validation"
    side[np.isin(family, family[(split == "left_out") | named])] = "left_out"
    moved = np.count_nonzero((split == "training") & (side != "training"))
    if moved:
        logger.info(
            "%d training entries are kept from training: another data set validates on them or leaves them out.", moved
        )
    return side


def _first_file(wanted, family, file) -> np.ndarray:
    """Of the `wanted` rows those of the first file that has the family."""
    first = np.full(len(family), np.iinfo(np.int64).max)
    np.minimum.at(first, family[wanted], file[wanted])
    return wanted & (file == first[family])


def _read(datasets, rows, used, family) -> Crystals:
    start, parts = 0, []
    for dataset, of_file in zip(datasets, rows, strict=True):
        stop = start + len(of_file)
        chosen = of_file[used[start:stop]]
        parts.append(
            Crystals(
                *(dataset.column(name, chosen) for name in ("identifier", "source", "space_group", "cell")),
                family[start:stop][used[start:stop]],
                *(dataset.column(f"observable/{name}", chosen) for name in ("n", "q2", "intensity", "hkl")),
            )
        )
        start = stop
    return join_crystals(parts)
