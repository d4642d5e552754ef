"""Trained variance networks in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, free_xnn, full_xnn
from mlindex_plugin.models.network_inference import Perceptron
from mlindex_plugin.models.scaling import Scaling, lattice_system


def n_variance_peaks(symbol: str) -> int:
    """Peaks that variance networks see: 20, for cubic lattices 10 (methods document, section 2.2)."""
    return 10 if LATTICES[symbol].system == "cubic" else 20


def variance_inputs(symbol: str, scaling: Scaling, q2: np.ndarray) -> np.ndarray:
    """Scaled positions, 0 where there is no peak, and which peaks there are; float32, shape (n, 2 n_variance_peaks).

    Parameters
    ----------
    symbol : str
    scaling : Scaling
    q2 : numpy.ndarray, shape (n, m)
        Peak lists, ascending, nan beyond the last peak; 1/Å².
    """
    n = n_variance_peaks(symbol)
    padded = np.full((len(q2), n), np.nan)
    padded[:, : min(n, q2.shape[1])] = q2[:, :n]
    present = np.isfinite(padded)
    return np.concatenate([np.where(present, scaling.scale_q2(padded), 0), present], axis=1).astype(np.float32)


def cells_of(symbol: str, x: np.ndarray) -> np.ndarray:
    """Cells, shape (n, 6) in Å and degrees, of free xnn, shape (n, n_free) in 1/Å²."""
    return cells_from_xnn(full_xnn(LATTICES[symbol], x))


def _softplus(values: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, values) + 1e-6


@dataclass(frozen=True, eq=False)
class VarianceNetwork:
    """A trained variance network of one group.

    Attributes
    ----------
    symbol : str
        Bravais lattice.
    scaling : Scaling
    mean, alpha, beta : Perceptron
    """

    symbol: str
    scaling: Scaling
    mean: Perceptron
    alpha: Perceptron
    beta: Perceptron

    @classmethod
    def from_arrays(cls, symbol: str, arrays: dict[str, np.ndarray], prefix: str = "") -> VarianceNetwork:
        """From stored arrays; their names start with `prefix`."""
        scaling = Scaling(lattice_system(symbol), *(float(value) for value in arrays[f"{prefix}scaling"]))
        parts = (Perceptron.from_arrays(arrays, f"{prefix}{name}/") for name in ("mean", "alpha", "beta"))
        return cls(symbol, scaling, *parts)

    def distribution(self, q2: np.ndarray) -> StudentT:
        """Distributions of cells for peak lists, shape (n, n_peaks)."""
        inputs = variance_inputs(self.symbol, self.scaling, q2)
        alpha, beta = _softplus(self.alpha(inputs)) + 1, _softplus(self.beta(inputs))
        return StudentT(self, self.mean(inputs), alpha, beta)


@dataclass(frozen=True, eq=False)
class StudentT:
    """Means, and inverse-gamma distributions of variances, of n peak lists; each of shape (n, n_free).

    Attributes
    ----------
    network : VarianceNetwork
    mean, alpha, beta : numpy.ndarray
    """

    network: VarianceNetwork
    mean: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray

    def draw(self, lists: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Free xnn, shape (m, n_free) in 1/Å², one for each index of a list, shape (m,); nan for no cell."""
        network = self.network
        variance = self.beta[lists] / rng.standard_gamma(self.alpha[lists])
        scaled = self.mean[lists] + np.sqrt(variance) * rng.standard_normal(variance.shape)
        cells = network.scaling.unscale_cells(scaled)
        lattice = LATTICES[network.symbol]
        possible = np.all(cells[:, :3] > 0, axis=1) & np.all((cells[:, 3:] > 0) & (cells[:, 3:] < 180), axis=1)
        x = np.full((len(cells), lattice.n_free), np.nan)
        x[possible] = free_xnn(lattice, cells[possible])
        return x
