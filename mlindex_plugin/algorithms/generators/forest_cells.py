"""Cells of training crystals whose peaks resemble the measured ones, as the trees of a forest see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.generators.peak_subsets import peak_subsets
from mlindex_plugin.algorithms.generators.strain import strained
from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, full_xnn, volumes_from_xnn
from mlindex_plugin.algorithms.training.training_set import TrainingSet
from mlindex_plugin.errors import InputError
from mlindex_plugin.models.cell_targets import CellTargets
from mlindex_plugin.models.features import peak_features, peak_scale
from mlindex_plugin.models.forest import Forest
from mlindex_plugin.models.forest_growth import Growth, grow_forest
from mlindex_plugin.models.list_variation import strain_lists

_N_INPUTS = 20  # peaks that the trees see
_GROWTH = Growth(n_trees=10, share=1.0, least=2)
_WIDEST = 32  # training crystals to draw from: any number from one on, its logarithm uniform
_STRAIN = (0.003, 0.04)  # least and largest standard deviation about a training crystal; its logarithm is uniform
# Lists that a forest is grown on, by number of free parameters: they are its bytes
_MOST_LISTS = {1: 6_000, 2: 15_000, 3: 18_000, 4: 34_000, 6: 60_000}
_LEAST_LISTS = 200
_SHORTEST, _LONGEST = 10, 60


@dataclass(frozen=True, eq=False)
class ForestCells:
    """Generator made of a forest; see `fit` and `from_arrays`.

    Attributes
    ----------
    symbol : str
        Bravais lattice.
    forest : Forest
        From `models.features.peak_features` to `models.cell_targets.CellTargets`.
    """

    symbol: str
    forest: Forest

    @classmethod
    def fit(
        cls,
        training_set: TrainingSet,
        rng: np.random.Generator,
        progress: Callable[[float], None] | None = None,
    ) -> ForestCells:
        """Grow the forest of a lattice.

        Parameters
        ----------
        training_set : TrainingSet
        rng : numpy.random.Generator
        progress : callable, optional
            Called with the share of the trees that are grown.

        Returns
        -------
        ForestCells

        Raises
        ------
        InputError
            If there are fewer than 200 lists.
        """
        features, scale, lists = training_features(training_set, _MOST_LISTS, rng)
        targets = CellTargets(lists.symbol).from_xnn(lists.x, scale)
        return cls(lists.symbol, grow_forest(features, targets, _GROWTH, rng, progress))

    def generate(self, q2: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
        """Candidates for a peak list.

        Parameters
        ----------
        q2 : numpy.ndarray, shape (n_peaks,)
            Peaks, ascending, 1/Å².
        n : int
        rng : numpy.random.Generator

        Returns
        -------
        numpy.ndarray, shape (at most n, n_free)
            Free xnn, 1/Å².
        """
        lattice = LATTICES[self.symbol]
        lists = peak_subsets(q2, n, _N_INPUTS, rng)
        least = np.floor(_WIDEST ** rng.random(n)).astype(int)
        targets = self.forest.draw(peak_features(lists, _N_INPUTS), least, rng)
        x = CellTargets(self.symbol).to_xnn(targets, peak_scale(lists))
        # rounding may flatten a cell that is nearly flat
        x = x[np.isfinite(volumes_from_xnn(full_xnn(lattice, x)))]
        spread = np.exp(rng.uniform(*np.log(_STRAIN), size=len(x)))
        return strained(lattice, x, spread, rng)

    def arrays(self) -> dict[str, np.ndarray]:
        """What is stored."""
        return self.forest.arrays()

    @classmethod
    def from_arrays(cls, symbol: str, arrays: dict[str, np.ndarray]) -> ForestCells:
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
) -> tuple[np.ndarray, np.ndarray, TrainingSet]:
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
    lists : TrainingSet
        The lists drawn, not cut.

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
    lists = _with_strained(training_set, most[LATTICES[training_set.symbol].n_free], rng)
    n = len(lists)
    length = rng.integers(_SHORTEST, _LONGEST + 1, size=(n, 1))
    q2 = np.where(np.arange(lists.q2.shape[1]) < length, lists.q2, np.nan)
    return peak_features(q2, _N_INPUTS), peak_scale(q2), lists


def _with_strained(training_set: TrainingSet, most: int, rng: np.random.Generator) -> TrainingSet:
    """At most `most` lists, drawn from the training set and a strained copy of it."""
    n = len(training_set)
    chosen = np.sort(rng.choice(2 * n, min(2 * n, most), replace=False))
    lists = training_set.take(chosen % n)
    copies = chosen >= n
    lattice = LATTICES[lists.symbol]
    q2, x = strain_lists(lattice, lists.q2[copies], lists.hkl[copies], lists.x[copies], rng)
    lists.q2[copies], lists.x[copies], lists.cells[copies] = q2, x, cells_from_xnn(full_xnn(lattice, x))
    return lists
