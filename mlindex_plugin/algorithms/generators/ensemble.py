"""The ensemble: trained generators of one lattice and random cells, mixed in measured shares."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from mlindex_plugin.algorithms.generators.forest_cells import ForestCells
from mlindex_plugin.algorithms.generators.network_cells import NetworkCells
from mlindex_plugin.algorithms.generators.random_cells import RandomCells
from mlindex_plugin.algorithms.generators.shares import member_shares
from mlindex_plugin.algorithms.generators.template_cells import TemplateCells
from mlindex_plugin.algorithms.generators.volume_cells import VolumeCells
from mlindex_plugin.algorithms.generators.weighing import NO_CELL, log_likelihoods
from mlindex_plugin.algorithms.lattice import LATTICES, full_xnn, lattice_table, volumes_from_xnn
from mlindex_plugin.models.registry import load_models

TRAINED = {"network": NetworkCells, "forest": ForestCells, "templates": TemplateCells, "volumes": VolumeCells}
_DRAWN = 2  # candidates drawn for each one that is kept


class Ensemble:
    """Generators of one lattice that share the candidates.

    Parameters
    ----------
    symbol : str
        Bravais lattice.
    members : mapping of str to object
        Generators by name.
    shares : mapping of str to float
        Of the candidates, by name of the member; relative to each other.
    """

    def __init__(self, symbol: str, members: Mapping[str, object], shares: Mapping[str, float]):
        self.symbol = symbol
        self.members = dict(members)
        total = sum(shares.values())
        self.shares = {name: share / total for name, share in shares.items() if share > 0}

    def generate(self, q2: np.ndarray, n: int, rng: np.random.Generator, max_volume: float = np.inf) -> np.ndarray:
        """Candidates for a peak list.

        Every member draws twice what it may give, and of its cells those that explain the peaks best are kept.

        Parameters
        ----------
        q2 : numpy.ndarray, shape (n_peaks,)
            Peaks, ascending, 1/Å².
        n : int
        rng : numpy.random.Generator
        max_volume : float
            Largest volume of a candidate, Å³.

        Returns
        -------
        numpy.ndarray, shape (at most n, n_free)
            Free xnn, 1/Å², in no order.
        """
        bounds = np.round(np.cumsum([0.0, *self.shares.values()]) * n).astype(int)
        drawn = [
            self._best(self.members[name].generate(q2, _DRAWN * wanted, rng), wanted, q2, max_volume)
            for name, wanted in zip(self.shares, np.diff(bounds), strict=True)
            if wanted > 0
        ]
        candidates = np.concatenate(drawn)
        return candidates[rng.permutation(len(candidates))]

    def alone(self, name: str) -> Ensemble:
        """The ensemble of one member."""
        return Ensemble(self.symbol, {name: self.members[name]}, {name: 1.0})

    def _best(self, x: np.ndarray, n: int, q2: np.ndarray, max_volume: float) -> np.ndarray:
        x = x[volumes_from_xnn(full_xnn(LATTICES[self.symbol], x)) <= max_volume]
        weight = log_likelihoods(lattice_table(self.symbol), x, q2)
        order = np.argsort(-weight, kind="stable")[:n]
        return x[order[weight[order] > NO_CELL]]


@lru_cache(maxsize=len(LATTICES))
def load_ensemble(symbol: str, directory: str | None = None) -> Ensemble:
    """The ensemble of a lattice with trained models.

    Parameters
    ----------
    symbol : str
        Bravais lattice.
    directory : str, optional
        Folder of models; those of the package by default.

    Raises
    ------
    InputError
        If the models cannot be used; see `models.registry.load_models`.
    """
    arrays = load_models(symbol, directory)
    members = {name: TRAINED[name].from_arrays(symbol, of_member) for name, of_member in arrays.items()}
    return Ensemble(symbol, {**members, "random": RandomCells(symbol)}, member_shares(symbol))
