"""Names of files that training may not see; a data set remembers them."""

from __future__ import annotations

import logging

from mlindex_plugin.algorithms.simulate.dataset.file_names import base_name

logger = logging.getLogger(__name__)
_SHOWN = 5


def remember_left_out(handle, names):
    """Add names to those that a data set remembers.

    A warning says which of `names` match no file of the data set: a list may name files of other sources, but a
    misspelt name would let a crystal into training.

    Parameters
    ----------
    handle : h5py.File
        Data set, open for writing.
    names : set of str
        Names or paths of files; a file matches by its base name.

    Returns
    -------
    set of str
        Base names of all files that training may not see, those of earlier runs included.
    """
    present = {base_name(name) for name in handle["files/name"].asstr()[...]}
    unknown = sorted(name for name in names if base_name(name) not in present)
    if unknown:
        shown = ", ".join(unknown[:_SHOWN]) + (" ..." if len(unknown) > _SHOWN else "")
        logger.warning("input.leave_out: %d of %d names match no file: %s", len(unknown), len(names), shown)
    stored = handle["left_out/name"]
    everything = {base_name(name) for name in names}.union(stored.asstr()[...])
    stored.resize(len(everything), axis=0)
    if everything:
        stored[...] = sorted(everything)
    return everything
