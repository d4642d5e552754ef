"""Cells of training crystals whose peaks resemble the measured ones, as the trees of a forest see it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlindex_plugin.algorithms.generators.forest_generator import N_INPUTS, ForestGenerator, training_features
from mlindex_plugin.algorithms.generators.peak_subsets import peak_subsets
from mlindex_plugin.algorithms.generators.strain import strained
from mlindex_plugin.algorithms.lattice import LATTICES, full_xnn, volumes_from_xnn
from mlindex_plugin.algorithms.training.training_set import TrainingSet
from mlindex_plugin.models.cell_targets import CellTargets
from mlindex_plugin.models.features import peak_features, peak_scale
from mlindex_plugin.models.forest_growth import Growth, grow_forest

_GROWTH = Growth(n_trees=10, share=1.0, least=2)
_WIDEST = 32  # training crystals to draw from: any number from one on, its logarithm uniform
_STRAIN = (0.003, 0.04)  # least and largest standard deviation about a training crystal; its logarithm is uniform
# Lists that a forest is grown on, by number of free parameters: they are its bytes
_MOST_LISTS = {1: 6_000, 2: 15_000, 3: 18_000, 4: 34_000, 6: 60_000}


class ForestCells(ForestGenerator):
    """Generator whose forest leads to `models.cell_targets.CellTargets`; see `fit` and `from_arrays`."""

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
        features, scale, x = training_features(training_set, _MOST_LISTS, rng)
        targets = CellTargets(training_set.symbol).from_xnn(x, scale)
        return cls(training_set.symbol, grow_forest(features, targets, _GROWTH, rng, progress))

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
        lists = peak_subsets(q2, n, N_INPUTS, rng)
        least = np.floor(_WIDEST ** rng.random(n)).astype(int)
        targets = self.forest.draw(peak_features(lists, N_INPUTS), least, rng)
        x = CellTargets(self.symbol).to_xnn(targets, peak_scale(lists))
        # rounding may flatten a cell that is nearly flat
        x = x[np.isfinite(volumes_from_xnn(full_xnn(lattice, x)))]
        spread = np.exp(rng.uniform(*np.log(_STRAIN), size=len(x)))
        return strained(lattice, x, spread, rng)
