"""Reading a data set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from mlindex_plugin.algorithms.simulate.dataset.layout import DATASETS, FORMAT, RECORDS, SPLITS, VERSION
from mlindex_plugin.algorithms.simulate.entry import Entry, Lines
from mlindex_plugin.errors import InputError


def open_dataset(path):
    """Open a data set for reading.

    Parameters
    ----------
    path : str or pathlib.Path

    Returns
    -------
    Dataset
        A context manager; close it or leave it in a ``with`` block.

    Raises
    ------
    InputError
        If the file is missing, is no data set, or has another version of the layout.
    """
    return Dataset(open_file(path, "r"))


def open_file(path, mode):
    """The HDF5 file of a data set, checked; parameters and errors as of `open_dataset`."""
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file; make one with dials.mlindex_dataset.")
    try:
        handle = h5py.File(path, mode)
    except OSError as error:
        raise InputError(f"{path}: not a readable HDF5 file ({str(error).splitlines()[0][:100]}).") from error
    version = handle.attrs.get("version")
    if handle.attrs.get("format") != FORMAT or any(name not in handle for name in DATASETS if name not in RECORDS):
        problem = "not a data set of dials.mlindex_dataset, or an incomplete one"
    elif version != VERSION:
        problem = f"layout version {version}, but this program reads version {VERSION}; make the data set anew"
    else:
        return handle
    handle.close()
    raise InputError(f"{path}: {problem}.")


class Dataset:
    """Entries of a data set, in the order in which they are stored; made by `open_dataset`.

    Attributes
    ----------
    seed : int
        Of the split, and of synthetic crystals.
    broadening : tuple of float
        Factors of the breadth of a line, one for each list of observable lines.
    """

    def __init__(self, handle):
        self._handle = handle
        self.seed = int(handle.attrs["seed"])
        self.broadening = tuple(float(factor) for factor in handle.attrs["broadening"])

    def __enter__(self) -> Dataset:
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Close the file."""
        self._handle.close()

    def __len__(self) -> int:
        return len(self._handle["entries/identifier"])

    def column(self, name, rows=slice(None)) -> np.ndarray:
        """One column as an array, the first axis being the entries.

        Parameters
        ----------
        name : str
            ``cell``, ``space_group`` and so on of ``entries``, or ``observable/q2``, ``allowed/hkl`` and so on; also
            ``rejected/reason`` and its like. ``split`` is given as a word. Lines beyond ``observable/n`` or
            ``allowed/n`` are nan, their indices 0.
        rows : slice or numpy.ndarray, optional
            Rows wanted.

        Returns
        -------
        numpy.ndarray

        Raises
        ------
        InputError
            If there is no such column.
        """
        path = name if "/" in name else f"entries/{name}"
        if path not in DATASETS:
            raise InputError(f"data set: no column {name}; there are {', '.join(DATASETS)}.")
        dataset = self._handle[path]
        if isinstance(rows, np.ndarray):  # h5py is slow on scattered rows
            return self.column(name)[rows]
        if h5py.check_string_dtype(dataset.dtype):
            return dataset.asstr()[rows]
        return np.array(SPLITS)[dataset[rows]] if name == "split" else dataset[rows]

    def rows(self, split=None, bravais_lattice=None) -> np.ndarray:
        """Indices of entries.

        Parameters
        ----------
        split : str, optional
            ``training``, ``validation``, ``duplicate`` or ``left_out``.
        bravais_lattice : str, optional

        Returns
        -------
        numpy.ndarray of int

        Raises
        ------
        InputError
            If there is no such split.
        """
        if split not in (None, *SPLITS):
            raise InputError(f"data set: no split {split!r}; there are {', '.join(SPLITS)}.")
        chosen = np.ones(len(self), dtype=bool)
        if split is not None:
            chosen &= self.column("split") == split
        if bravais_lattice is not None:
            chosen &= self.column("bravais_lattice") == bravais_lattice
        return np.flatnonzero(chosen)

    def __getitem__(self, row) -> Entry:
        row = int(row)
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of a data set of {len(self)}")
        return next(self._entries(slice(row, row + 1)))

    def entries(self, split=None, bravais_lattice=None, block=1000) -> Iterator[Entry]:
        """Yield entries, `block` rows in memory at a time; parameters as of `rows`."""
        wanted = set(self.rows(split, bravais_lattice).tolist())
        for start in range(0, len(self), block):
            rows = range(start, min(start + block, len(self)))
            if wanted.isdisjoint(rows):
                continue
            for row, entry in zip(rows, self._entries(slice(rows.start, rows.stop)), strict=True):
                if row in wanted:
                    yield entry

    def _entries(self, rows) -> Iterator[Entry]:
        names = ("identifier", "source", "bravais_lattice", "space_group_number", "space_group", "formula", "cell")
        head = [self.column(name, rows) for name in (*names, "change_of_basis")]
        observable, allowed = (
            [self.column(f"{kind}/{part}", rows) for part in ("n", "q2", "hkl", "intensity")]
            for kind in ("observable", "allowed")
        )
        for i in range(len(head[0])):
            lists = tuple(_lines(*(part[i, j] for part in observable)) for j in range(len(self.broadening)))
            identifier, source, lattice, number, symbol, formula, cell, operator = (column[i] for column in head)
            yield Entry(
                identifier=identifier,
                source=source,
                bravais_lattice=lattice,
                space_group_number=int(number),
                space_group=symbol,
                formula=formula,
                cell=cell,
                change_of_basis=operator,
                observable=lists,
                allowed=_lines(*(part[i] for part in allowed)),
            )


def _lines(n, q2, hkl, intensity) -> Lines:
    return Lines(q2[:n], hkl[:n].astype(int), intensity[:n].astype(float))
