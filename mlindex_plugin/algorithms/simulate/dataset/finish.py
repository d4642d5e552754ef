"""What can be said of a data set only when it is complete: groups, families of duplicates and the split."""

from __future__ import annotations

from functools import cache

import numpy as np

from mlindex_plugin.algorithms.simulate.dataset.layout import SPLITS
from mlindex_plugin.algorithms.simulate.grouping import group_of
from mlindex_plugin.algorithms.simulate.preparation.duplicates import duplicate_families, redundant_entries
from mlindex_plugin.algorithms.simulate.preparation.formula import composition
from mlindex_plugin.algorithms.simulate.preparation.split import validation_entries


def finish(handle, seed, left_out=frozenset()):
    """Fill the columns ``group``, ``family`` and ``split``.

    Duplicates are told among structures alone: each synthetic crystal is a family of its own.

    Parameters
    ----------
    handle : h5py.File
        Data set, open for writing.
    seed : int
    left_out : set of str
        Names of files that training may not see, with all their families.
    """
    identifiers, symbols, lattices, sources, formulae = (
        handle[f"entries/{name}"].asstr()[...].tolist()
        for name in ("identifier", "space_group", "bravais_lattice", "source", "formula")
    )
    n = len(identifiers)
    families, split = np.arange(n), np.zeros(n, dtype=np.int8)
    real = [i for i in range(n) if sources[i] == "structure"]
    if real:
        of_real = (
            [lattices[i] for i in real],
            [composition(formulae[i], _order(symbols[i])) for i in real],
            handle["entries/volume"][...][real],
        )
        families[real] = np.array(real)[duplicate_families(*of_real)]
        names = [identifiers[i] for i in real]
        redundant = redundant_entries(*of_real, handle["entries/r_factor"][...][real], names)
        split[np.array(real)[redundant]] = SPLITS.index("duplicate")
    # the identifier of one of several structures in a file is "file:block"
    named = [name in left_out or name.rpartition(":")[0] in left_out for name in identifiers]
    forbidden = np.unique(families[np.array(named, dtype=bool)])
    split[np.isin(families, forbidden)] = SPLITS.index("left_out")

    used = np.flatnonzero(split == SPLITS.index("training")).tolist()
    of_used = [symbols[i] for i in used], families[used].tolist(), [identifiers[i] for i in used]
    split[np.array(used, dtype=int)[validation_entries(*of_used, seed)]] = SPLITS.index("validation")
    group = {symbol: group_of(symbol) for symbol in set(symbols)}
    handle["entries/group"][...] = [group[symbol] for symbol in symbols]
    handle["entries/family"][...] = families
    handle["entries/split"][...] = split


@cache
def _order(symbol):
    from cctbx import sgtbx

    return sgtbx.space_group_info(symbol).group().order_z()
