"""The templates of one lattice: Miller indices of the first peaks of its crystals, balanced over dominant zones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, BravaisLattice, hkl_design, pack
from mlindex_plugin.algorithms.training.training_set import TrainingSet
from mlindex_plugin.errors import InputError

_N_RATIO_BINS = 10
_LARGEST_INDEX = 100  # sums of three products fit 16 bits
_OBSERVED = (0.5, 0.9)  # share of its peaks that a thinned list keeps


@dataclass(frozen=True, eq=False)
class TemplateLibrary:
    """Templates, each once.

    Attributes
    ----------
    hkl : numpy.ndarray of int8, shape (n, n_rows, 3)
        In order of position.
    ratio : numpy.ndarray, shape (n,)
        Templates wanted over lists found in the template's bins, 1 where there were enough: what uniform sampling
        over the bins weighs it with.
    """

    hkl: np.ndarray
    ratio: np.ndarray

    def __len__(self) -> int:
        return len(self.hkl)


def template_rows(symbol: str) -> int:
    """Rows of a template: 20, 10 for cubic lattices."""
    return 10 if LATTICES[symbol].system == "cubic" else 20


def information(hkl: np.ndarray) -> np.ndarray:
    """Least number of rows with a non-zero index, over the three axes.

    Moreau, ML-Index Methods 2024, section 2.2.3. Lattices whose axes are equal by symmetry need rows on either of
    them, but their representative indices put zeros where they like; for a comparison within a lattice that is enough.

    Parameters
    ----------
    hkl : numpy.ndarray of int, shape (n, n_rows, 3)

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        0 to n_rows.
    """
    return np.ascontiguousarray(np.moveaxis(hkl != 0, -1, 0)).sum(axis=2).min(axis=0)


def first_indices(training_set: TrainingSet) -> tuple[np.ndarray, np.ndarray]:
    """Miller indices of the first peaks of each list that has enough of them.

    Contaminants are passed over: they say nothing of the lattice, and where one will come cannot be learned. Indices
    that share a position in every cell are written one way.

    Parameters
    ----------
    training_set : TrainingSet

    Returns
    -------
    hkl : numpy.ndarray of int8, shape (n, n_rows, 3)
    lists : numpy.ndarray of int, shape (n,)
        Which lists of the training set.
    """
    n_rows = template_rows(training_set.symbol)
    true = training_set.hkl.any(axis=2)
    lists = np.flatnonzero(true.sum(axis=1) >= n_rows)
    first = np.argsort(~true[lists], axis=1, kind="stable")[:, :n_rows]
    hkl = training_set.hkl[lists[:, None], first]
    small = np.abs(hkl).max(axis=(1, 2), initial=0) <= _LARGEST_INDEX
    hkl, lists = hkl[small], lists[small]
    return _written_one_way(LATTICES[training_set.symbol], hkl).astype(np.int8), lists


def _thinned(training_set: TrainingSet, rng: np.random.Generator) -> TrainingSet:
    """The same lists with some peaks taken away, of each list a share of its own."""
    true = training_set.hkl.any(axis=2)
    lost = true & (rng.random(true.shape) > rng.uniform(*_OBSERVED, (len(true), 1)))
    return replace(training_set, hkl=np.where(lost[:, :, None], np.int16(0), training_set.hkl))


def _written_one_way(lattice: BravaisLattice, hkl: np.ndarray) -> np.ndarray:
    """Miller indices, those that share a position in every cell replaced by one of them."""
    h, k, l = np.moveaxis(hkl.astype(np.int64), -1, 0)  # noqa: E741
    _, at, code = np.unique(pack(h, k, l).ravel(), return_index=True, return_inverse=True)
    occurring = hkl.reshape(-1, 3)[at]
    _, at, label = np.unique(hkl_design(lattice, occurring), axis=0, return_index=True, return_inverse=True)
    return occurring[at[label]][code].reshape(hkl.shape)


def build_library(training_set: TrainingSet, n_per_bin: int, rng: np.random.Generator) -> TemplateLibrary:
    """Draw templates from bins of information and of axis ratio.

    The document draws the first index from its histogram, the second from its histogram given the first, and so on.
    The product of these frequencies is the frequency of the whole sequence, so that drawing a list is the same.

    Parameters
    ----------
    training_set : TrainingSet
    n_per_bin : int
        Templates drawn in each bin; a bin with fewer lists is taken as it is.
    rng : numpy.random.Generator

    Returns
    -------
    TemplateLibrary

    Raises
    ------
    InputError
        If no list has as many peaks of the lattice as a template has rows.
    """
    own, lists = first_indices(training_set)
    if len(lists) == 0:
        n_rows = template_rows(training_set.symbol)
        raise InputError(f"no peak list of {training_set.symbol} has {n_rows} indexed peaks: templates need more data")
    thinned, thinned_lists = first_indices(_thinned(training_set, rng))
    hkl, lists = np.concatenate([own, thinned]), np.concatenate([lists, thinned_lists])
    axes = training_set.cells[lists, :3]
    ratio_bin = np.minimum((axes.min(axis=1) / axes.max(axis=1) * _N_RATIO_BINS).astype(int), _N_RATIO_BINS - 1)
    drawn, ratios = [], []
    for bins in (information(hkl), ratio_bin):
        for value in np.unique(bins):
            members = np.flatnonzero(bins == value)
            if len(members) > n_per_bin:
                members = members[rng.integers(len(members), size=n_per_bin)]
            drawn.append(members)
            ratios.append(np.full(len(members), n_per_bin / len(members)))
    taken = hkl[np.concatenate(drawn)]
    unique, label = np.unique(taken.reshape(len(taken), -1), axis=0, return_inverse=True)
    ratio = np.zeros(len(unique))
    np.maximum.at(ratio, label, np.concatenate(ratios))
    return TemplateLibrary(unique.reshape(-1, *taken.shape[1:]), ratio)
