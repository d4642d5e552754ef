"""What can be said of a data set only when it is complete: groups, families of duplicates and the split."""

from __future__ import annotations

import logging

import numpy as np

from mlindex_plugin.algorithms.simulate.dataset.file_names import base_name
from mlindex_plugin.algorithms.simulate.dataset.layout import SPLITS, words
from mlindex_plugin.algorithms.simulate.grouping import group_of
from mlindex_plugin.algorithms.simulate.preparation.duplicates import duplicate_families, redundant_entries
from mlindex_plugin.algorithms.simulate.preparation.formula import composition, group_order
from mlindex_plugin.algorithms.simulate.preparation.split import validation_entries

logger = logging.getLogger(__name__)


def finish(handle, seed, left_out=frozenset(), n_recorded=0):
    """Fill the columns ``group``, ``family`` and ``split``.

    Duplicates are told among structures alone: each synthetic crystal is a family of its own.

    Parameters
    ----------
    handle : h5py.File
        Data set, open for writing.
    seed : int
    left_out : set of str
        Base names of files that training may not see, with all their families.
    n_recorded : int, optional
        Rows whose split was filled before: their families stay in training or validation.
    """
    identifiers, symbols = (words(handle[f"entries/{name}"]) for name in ("identifier", "space_group"))
    recorded = handle["entries/split"][:n_recorded]
    families, split = _families(handle, identifiers, symbols)
    named = np.array([base_name(name) in left_out for name in identifiers], dtype=bool)
    split[np.isin(families, families[named])] = SPLITS.index("left_out")

    used = np.flatnonzero(split == SPLITS.index("training")).tolist()
    of_used = [symbols[i] for i in used], families[used].tolist(), [identifiers[i] for i in used]
    chosen = validation_entries(*of_used, seed, _recorded_sides(families[:n_recorded], recorded))
    split[np.array(used, dtype=int)[chosen]] = SPLITS.index("validation")
    group = {symbol: group_of(symbol) for symbol in set(symbols)}
    handle["entries/group"][...] = [group[symbol] for symbol in symbols]
    handle["entries/family"][...] = families
    handle["entries/split"][...] = split


def _families(handle, identifiers, symbols):
    """Family of each entry, and its split: duplicate or, for now, training."""
    families, split = np.arange(len(symbols)), np.zeros(len(symbols), dtype=np.int8)
    of_structures = np.array([source == "structure" for source in words(handle["entries/source"])], dtype=bool)
    real = np.flatnonzero(of_structures)
    if len(real):
        formulae = words(handle["entries/formula"], of_structures)
        of_real = (
            words(handle["entries/bravais_lattice"], of_structures),
            [composition(formula, group_order(symbols[i])) for i, formula in zip(real, formulae, strict=True)],
            handle["entries/volume"][...][real],
        )
        families[real] = real[duplicate_families(*of_real)]
        names = [identifiers[i] for i in real]
        redundant = redundant_entries(*of_real, handle["entries/r_factor"][...][real], names)
        split[real[redundant]] = SPLITS.index("duplicate")
    return families, split


def _recorded_sides(families, recorded):
    """Whether families are for validation, by family, where an earlier split says so.

    A new entry may link a family of training and one of validation: all of it then goes to training, which a model
    trained before does not suffer from.
    """
    training, validation = (
        set(families[recorded == SPLITS.index(side)].tolist()) for side in ("training", "validation")
    )
    both = training & validation
    if both:
        logger.warning("New entries link training and validation: %d families are now all in training.", len(both))
    return dict.fromkeys(training, False) | dict.fromkeys(validation - both, True)
