"""What generators predict against what is true, as Figures 11 and 12 of the methods document."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, full_xnn, volumes_from_xnn
from mlindex_plugin.algorithms.training.training_set import TrainingSet
from mlindex_plugin.models.scaling import FREE_PARAMETERS, lattice_system

N_CANDIDATES = 50  # whose median is the prediction
MOST_LISTS = 200
PERCENTILES = (50, 75, 90)
_PARAMETERS = ("a", "b", "c", "alpha", "beta", "gamma")
_UNITS = {"a": "Å", "b": "Å", "c": "Å", "alpha": "°", "beta": "°", "gamma": "°", "volume": "Å³"}


@dataclass(frozen=True, eq=False)
class Regression:
    """Predictions of one cell parameter for some peak lists.

    Attributes
    ----------
    parameter, unit : str
    true, predicted : numpy.ndarray, shape (n,)
        Predictions are nan where a generator gave no candidate.
    """

    parameter: str
    unit: str
    true: np.ndarray
    predicted: np.ndarray

    @property
    def error(self) -> np.ndarray:
        """Predicted less true, where there is a prediction."""
        error = self.predicted - self.true
        return error[np.isfinite(error)]

    def numbers(self) -> dict[str, float]:
        """Root mean square deviation and percentiles of the absolute error; JSON values, None without predictions."""
        error = self.error
        if not len(error):
            return {"n": 0, "rmsd": None, **{f"p{level}": None for level in PERCENTILES}}
        sizes = np.percentile(np.abs(error), PERCENTILES)
        named = {f"p{level}": float(size) for level, size in zip(PERCENTILES, sizes, strict=True)}
        return {"n": len(error), "rmsd": float(np.sqrt(np.mean(error**2))), **named}


def regressions(generator, some: TrainingSet, rng: np.random.Generator) -> list[Regression]:
    """Predict the cells of peak lists.

    The prediction is the median, parameter by parameter, of some candidates: generators draw, and a median is what
    their draws agree on.

    Parameters
    ----------
    generator
        With ``generate(q2, n, rng)``.
    some : TrainingSet
        At most `MOST_LISTS` of its lists are taken, at random.
    rng : numpy.random.Generator

    Returns
    -------
    list of Regression
        One for each free cell parameter of the lattice, then the volume.
    """
    lattice = LATTICES[some.symbol]
    rows = np.sort(rng.permutation(len(some))[:MOST_LISTS])
    predicted = np.full((len(rows), 7), np.nan)
    for i, row in enumerate(rows):
        q2 = some.q2[row, : some.n_peaks[row]]
        full = full_xnn(lattice, generator.generate(q2, N_CANDIDATES, rng))
        volumes = volumes_from_xnn(full)
        cells = np.column_stack([cells_from_xnn(full), volumes])[np.isfinite(volumes)]
        if len(cells):
            predicted[i] = np.median(cells, axis=0)
    true = np.column_stack([some.cells[rows], volumes_from_xnn(full_xnn(lattice, some.x[rows]))])
    free = [*FREE_PARAMETERS[lattice_system(some.symbol)], 6]
    names = (*_PARAMETERS, "volume")
    return [Regression(names[k], _UNITS[names[k]], true[:, k], predicted[:, k]) for k in free]
