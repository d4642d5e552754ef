"""What the generators made of a forest have in common: how it is stored, and what it is grown on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.training.training_set import TrainingSet
from mlindex_plugin.errors import InputError
from mlindex_plugin.models.features import peak_features, peak_scale
from mlindex_plugin.models.forest import Forest
from mlindex_plugin.models.list_variation import strain_lists

N_INPUTS = 20  # peaks that the trees see
_LEAST_LISTS = 200
_SHORTEST, _LONGEST = 10, 60


@dataclass(frozen=True, eq=False)
class ForestGenerator:
    """A generator of one lattice made of a forest.

    Attributes
    ----------
    symbol : str
        Bravais lattice.
    forest : Forest
        From `models.features.peak_features` of `N_INPUTS` peaks to targets that the generator knows.
    """

    symbol: str
    forest: Forest

    def arrays(self) -> dict[str, np.ndarray]:
        """What is stored."""
        return self.forest.arrays()

    @classmethod
    def from_arrays(cls, symbol: str, arrays: dict[str, np.ndarray]) -> ForestGenerator:
        """The generator whose `arrays` these are.

        Parameters
        ----------
        symbol : str
            Bravais lattice.
        arrays : dict of str to numpy.ndarray
        """
        return cls(symbol, Forest(**arrays))


def training_features(
    training_set: TrainingSet, most: dict[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a forest is grown on: lists and those of strained copies of their crystals, cut to random lengths.

    Parameters
    ----------
    training_set : TrainingSet
    most : dict of int to int
        Largest number of lists by number of free parameters.
    rng : numpy.random.Generator

    Returns
    -------
    features : numpy.ndarray, shape (n, 1 + n_inputs)
    scale : numpy.ndarray, shape (n,)
        1/Å².
    x : numpy.ndarray, shape (n, n_free)
        True free xnn, 1/Å².

    Raises
    ------
    InputError
        If there are fewer than 200 lists.
    """
    if len(training_set) < _LEAST_LISTS:
        raise InputError(
            f"a forest for {training_set.symbol} needs {_LEAST_LISTS} peak lists and the training data hold "
            f"{len(training_set)}; add structures or synthetic crystals of that lattice"
        )
    q2, x = _with_strained(training_set, most[LATTICES[training_set.symbol].n_free], rng)
    length = rng.integers(_SHORTEST, _LONGEST + 1, size=(len(q2), 1))
    q2 = np.where(np.arange(q2.shape[1]) < length, q2, np.nan)
    return peak_features(q2, N_INPUTS), peak_scale(q2), x


def _with_strained(training_set: TrainingSet, most: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Peaks and xnn of at most `most` lists, drawn from the training set and a strained copy of it."""
    n = len(training_set)
    chosen = np.sort(rng.choice(2 * n, min(2 * n, most), replace=False))
    lists = training_set.take(chosen % n)
    copies = chosen >= n
    q2, x = lists.q2, lists.x
    q2[copies], x[copies] = strain_lists(LATTICES[lists.symbol], q2[copies], lists.hkl[copies], x[copies], rng)
    return q2, x
