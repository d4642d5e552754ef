"""Candidates drawn from the densities that trained networks predict for a peak list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.generators.peak_subsets import thinned_lists
from mlindex_plugin.algorithms.lattice import LATTICES, are_cells, full_xnn
from mlindex_plugin.models.network_inference import MixtureNetwork
from mlindex_plugin.models.variance_inference import VarianceNetwork

_NETWORKS = {"mixture": MixtureNetwork, "variance": VarianceNetwork}
_N_SUBSETS = 8  # of the peaks, besides all of them
_ALL_SHARE = 0.5  # of the candidates, drawn with all peaks
_ROUNDS = 5  # of drawing anew what is not physical


@dataclass(frozen=True, eq=False)
class NetworkCells:
    """Networks of one Bravais lattice.

    Attributes
    ----------
    symbol : str
    kind : str
        ``mixture`` or ``variance``.
    shares : numpy.ndarray, shape (n,)
        Of the candidates, for each network; their sum is 1.
    networks : tuple of MixtureNetwork or of VarianceNetwork
    stored : dict of str to numpy.ndarray
    """

    symbol: str
    kind: str
    shares: np.ndarray
    networks: tuple
    stored: dict[str, np.ndarray]

    @classmethod
    def from_arrays(cls, symbol: str, arrays: dict[str, np.ndarray]) -> NetworkCells:
        """From arrays of `arrays`, or of `network_training.train_networks`."""
        kind, shares = str(arrays["kind"]), np.asarray(arrays["shares"], dtype=float)
        network = _NETWORKS[kind]
        networks = tuple(network.from_arrays(symbol, arrays, f"network{i}/") for i in range(len(shares)))
        return cls(symbol, kind, shares, networks, arrays)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything needed to store the networks in one npz; weights in float16."""
        return self.stored

    def generate(self, q2: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw candidates; half of them for all peaks, the others for drawn subsets, as some peaks may be foreign.

        Parameters
        ----------
        q2 : numpy.ndarray, shape (n_peaks,)
            Ascending, 1/Å².
        n : int
        rng : numpy.random.Generator

        Returns
        -------
        numpy.ndarray, shape (at most n, n_free)
            Free xnn in the search setting, 1/Å²; only cells with a volume.
        """
        q2 = np.asarray(q2, dtype=float)
        lists = np.concatenate([q2[None], thinned_lists(q2, _N_SUBSETS, rng)])
        counts = rng.multinomial(n, self.shares / self.shares.sum())
        drawn = [
            self._draw(network.distribution(lists), len(lists), count, rng)
            for network, count in zip(self.networks, counts, strict=True)
            if count
        ]
        return np.concatenate([np.empty((0, LATTICES[self.symbol].n_free)), *drawn])

    def _draw(self, distribution, n_lists, n, rng):
        which = np.where(rng.random(n) < _ALL_SHARE, 0, rng.integers(n_lists, size=n))
        found = []
        for _ in range(_ROUNDS):
            x = distribution.draw(which, rng)
            physical = are_cells(full_xnn(LATTICES[self.symbol], x))
            found.append(x[physical])
            which = which[~physical]
            if not len(which):
                break
        return np.concatenate(found)
