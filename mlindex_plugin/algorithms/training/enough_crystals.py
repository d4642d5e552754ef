"""Are there enough crystals to train on?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mlindex_plugin.algorithms.simulate.dataset import open_dataset
from mlindex_plugin.errors import InputError

FEWEST_CRYSTALS = 20


def check_crystals(paths: Sequence, symbols: Sequence[str]) -> None:
    """Look whether data sets have enough crystals of some lattices, before any work is done.

    Duplicates in several files are counted in each, so that there may still be too few when they are read.

    Parameters
    ----------
    paths : sequence of str or pathlib.Path
    symbols : sequence of str
        Bravais lattices.

    Raises
    ------
    InputError
        If a file is no data set; if there are too few crystals, with all the lattices of which there are.
    """
    counts = dict.fromkeys(symbols, 0)
    for path in paths:
        with open_dataset(path) as dataset:
            for symbol in symbols:
                split = dataset.column("split", dataset.rows(bravais_lattice=symbol))
                counts[symbol] += int(np.count_nonzero(split == "training"))
    refuse_too_few(paths, counts)


def refuse_too_few(paths: Sequence, counts: Mapping[str, int]) -> None:
    """InputError that names the files and the lattices of which there are too few crystals, if there are such."""
    few = {symbol: n for symbol, n in counts.items() if n < FEWEST_CRYSTALS}
    if few:
        named, found = (", ".join(map(str, words)) for words in (paths, (f"{n} {s}" for s, n in few.items())))
        raise InputError(
            f"{named}: {found} crystals to train on, {FEWEST_CRYSTALS} are needed; add data sets of "
            f"dials.mlindex_dataset, or leave {', '.join(few)} out of training.lattices."
        )
