"""Random shapes scaled to volumes drawn from a forest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlindex_plugin.algorithms.generators.forest_generator import N_INPUTS, ForestGenerator, training_features
from mlindex_plugin.algorithms.generators.peak_subsets import peak_subsets
from mlindex_plugin.algorithms.generators.random_cells import random_shapes
from mlindex_plugin.algorithms.lattice import LATTICES, free_xnn, full_xnn, volumes_from_xnn
from mlindex_plugin.algorithms.training.training_set import TrainingSet
from mlindex_plugin.models.features import peak_features, peak_scale
from mlindex_plugin.models.forest_growth import Growth, grow_forest

_GROWTH = Growth(n_trees=40, share=0.1, least=10)
_MOST_LISTS = dict.fromkeys((1, 2, 3, 4, 6), 10_000)


class VolumeCells(ForestGenerator):
    """Generator whose forest leads to the logarithm of volume · scale^(3/2); see `fit` and `from_arrays`."""

    @classmethod
    def fit(
        cls,
        training_set: TrainingSet,
        rng: np.random.Generator,
        progress: Callable[[float], None] | None = None,
    ) -> VolumeCells:
        """Grow the forest of a lattice; as `ForestCells.fit`."""
        features, scale, x = training_features(training_set, _MOST_LISTS, rng)
        volumes = volumes_from_xnn(full_xnn(LATTICES[training_set.symbol], x))
        targets = np.log(volumes * scale**1.5)[:, None]
        return cls(training_set.symbol, grow_forest(features, targets, _GROWTH, rng, progress))

    def generate(self, q2: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
        """Candidates for a peak list; as `ForestCells.generate`."""
        lattice = LATTICES[self.symbol]
        shapes = free_xnn(lattice, random_shapes(lattice, n, rng))
        lists = peak_subsets(q2, len(shapes), N_INPUTS, rng)
        leaves = np.ones(len(shapes), int)
        volumes = np.exp(self.forest.draw(peak_features(lists, N_INPUTS), leaves, rng)[:, 0])
        return shapes * (peak_scale(lists) / volumes ** (2 / 3))[:, None]
