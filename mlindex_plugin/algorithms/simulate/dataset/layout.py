"""The HDF5 layout of a data set; docs/dataset.md describes it."""

from __future__ import annotations

import h5py
import numpy as np

from mlindex_plugin.algorithms.simulate.entry_lines import BROADENING, N_LINES

FORMAT = "mlindex_dataset"
VERSION = 1
SPLITS = ("training", "validation", "duplicate", "left_out")
_TEXT = h5py.string_dtype()
_ROWS_PER_CHUNK = 128
_ROWS_IN_MEMORY = 4096
_LISTS = len(BROADENING)

# name -> type, shape of one row
DATASETS = {
    "entries/identifier": (_TEXT, ()),
    "entries/source": (_TEXT, ()),
    "entries/bravais_lattice": (_TEXT, ()),
    "entries/space_group_number": (np.int16, ()),
    "entries/space_group": (_TEXT, ()),
    "entries/group": (_TEXT, ()),
    "entries/formula": (_TEXT, ()),
    "entries/cell": (np.float64, (6,)),
    "entries/volume": (np.float64, ()),
    "entries/change_of_basis": (_TEXT, ()),
    "entries/r_factor": (np.float64, ()),
    "entries/family": (np.int64, ()),
    "entries/split": (np.int8, ()),
    "observable/n": (np.int16, (_LISTS,)),
    "observable/q2": (np.float64, (_LISTS, N_LINES)),
    "observable/hkl": (np.int16, (_LISTS, N_LINES, 3)),
    "observable/intensity": (np.float32, (_LISTS, N_LINES)),
    "allowed/n": (np.int16, ()),
    "allowed/q2": (np.float64, (N_LINES,)),
    "allowed/hkl": (np.int16, (N_LINES, 3)),
    "allowed/intensity": (np.float32, (N_LINES,)),
    "rejected/identifier": (_TEXT, ()),
    "rejected/reason": (_TEXT, ()),
    "rejected/detail": (_TEXT, ()),
    "files/name": (_TEXT, ()),
    "files/digest": (_TEXT, ()),
    "left_out/name": (_TEXT, ()),
}

# only an extension needs them; files of the first days of version 1 lack them
RECORDS = ("files/digest", "left_out/name")


def create(path, seed):
    """Make an empty data set, open for writing.

    Parameters
    ----------
    path : str or pathlib.Path
    seed : int

    Returns
    -------
    h5py.File
    """
    handle = h5py.File(path, "w")
    handle.attrs.update(format=FORMAT, version=VERSION, seed=seed, broadening=BROADENING, n_lines=N_LINES)
    for name, (dtype, shape) in DATASETS.items():
        handle.create_dataset(
            name,
            shape=(0, *shape),
            maxshape=(None, *shape),
            chunks=(_ROWS_PER_CHUNK, *shape),
            dtype=dtype,
            compression="gzip",
            shuffle=dtype is not _TEXT,
        )
    return handle


def append(handle, columns):
    """Add rows; `columns` maps names of `DATASETS` to arrays or lists."""
    for name, values in columns.items():
        dataset = handle[name]
        before = len(dataset)
        dataset.resize(before + len(values), axis=0)
        if len(values):
            dataset[before:] = values


def words(dataset, wanted=None):
    """Text of a column as a list, equal words held once in memory.

    Parameters
    ----------
    dataset : h5py.Dataset
    wanted : numpy.ndarray of bool, optional
        Rows to give; all if None.

    Returns
    -------
    list of str
    """
    known, found = {}, []
    for start in range(0, len(dataset), _ROWS_IN_MEMORY):
        rows = slice(start, start + _ROWS_IN_MEMORY)
        block = dataset.asstr()[rows]
        found += [known.setdefault(word, word) for word in (block if wanted is None else block[wanted[rows]])]
    return found
