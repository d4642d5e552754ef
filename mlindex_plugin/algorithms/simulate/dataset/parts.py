"""Parts of a data set: what one block of work gives, written by the process that did it.

A part has the layout of a whole data set. It is a `whole_file`: one that exists is complete, whenever the run was
killed.
"""

from __future__ import annotations

import h5py
import numpy as np

from mlindex_plugin.algorithms.simulate.dataset.layout import DATASETS, append, create
from mlindex_plugin.algorithms.simulate.entry_lines import N_LINES
from mlindex_plugin.whole_files import whole_file


def write_part(path, prepared, files, seed):
    """Write what became of some crystals.

    Parameters
    ----------
    path : pathlib.Path
    prepared : list of Prepared
    files : list of (str, str)
        Identifiers and digests of the files that are done with this part.
    seed : int
    """
    with whole_file(path) as temporary, create(temporary, seed) as handle:
        append(handle, entry_columns([one for one in prepared if one.entry]))
        rejected = [one for one in prepared if one.rejected]
        append(
            handle,
            {
                "rejected/identifier": [one.identifier for one in rejected],
                "rejected/reason": [one.rejected.reason for one in rejected],
                "rejected/detail": [one.rejected.detail for one in rejected],
                "files/name": [name for name, _ in files],
                "files/digest": [digest for _, digest in files],
            },
        )


def append_part(handle, path):
    """Add the rows of a part to a data set."""
    with h5py.File(path, "r") as part:
        append(handle, {name: part[name][...] for name in DATASETS})


def entry_columns(prepared):
    """Columns of entries, by name of the layout; `finish` fills group, family and split."""
    from cctbx import uctbx

    entries = [one.entry for one in prepared]
    columns = {
        f"entries/{name}": [getattr(entry, name) for entry in entries]
        for name in ("identifier", "source", "bravais_lattice", "space_group_number", "space_group", "formula")
    }
    columns["entries/group"] = [""] * len(entries)
    columns["entries/cell"] = np.array([entry.cell for entry in entries]).reshape(-1, 6)
    columns["entries/volume"] = [uctbx.unit_cell(tuple(entry.cell)).volume() for entry in entries]
    columns["entries/change_of_basis"] = [entry.change_of_basis for entry in entries]
    columns["entries/r_factor"] = [one.r_factor for one in prepared]
    columns["entries/family"] = [-1] * len(entries)
    columns["entries/split"] = [0] * len(entries)
    columns |= _padded("allowed", [[entry.allowed] for entry in entries], squeeze=True)
    return columns | _padded("observable", [entry.observable for entry in entries], squeeze=False)


def _padded(name, lists, squeeze):
    """Arrays of lines, shape (entries, lists, N_LINES ...), nan or 0 beyond the last line of each list."""
    n_lists = len(lists[0]) if lists else (1 if squeeze else DATASETS["observable/n"][1][0])
    shape = (len(lists), n_lists, N_LINES)
    number, q2 = np.zeros(shape[:2], np.int16), np.full(shape, np.nan)
    hkl, intensity = np.zeros((*shape, 3), np.int16), np.full(shape, np.nan, np.float32)
    for i, of_entry in enumerate(lists):
        for j, lines in enumerate(of_entry):
            n = number[i, j] = len(lines)
            q2[i, j, :n], hkl[i, j, :n], intensity[i, j, :n] = lines.q2, lines.hkl, lines.intensity
    columns = {f"{name}/n": number, f"{name}/q2": q2, f"{name}/hkl": hkl, f"{name}/intensity": intensity}
    return {key: value[:, 0] for key, value in columns.items()} if squeeze else columns
