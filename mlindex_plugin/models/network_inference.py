"""Trained networks in numpy: what the search evaluates, without torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import erf

from mlindex_plugin.models.cell_targets import CellTargets
from mlindex_plugin.models.network_inputs import network_inputs

LOG_PRECISION_RANGE = (-3.0, 7.0)  # of the diagonal of factors of inverse covariances
_EPSILON = 1e-5  # of the layer normalisation, as in torch


@dataclass(frozen=True, eq=False)
class Perceptron:
    """Hidden layers of dense - layer normalisation - GELU, and a dense layer at the end.

    Attributes
    ----------
    hidden : tuple of tuple of numpy.ndarray
        Weight, bias, gain and offset of each hidden layer.
    last : tuple of numpy.ndarray
        Weight and bias.
    """

    hidden: tuple[tuple[np.ndarray, ...], ...]
    last: tuple[np.ndarray, np.ndarray]

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], prefix: str = "") -> Perceptron:
        """From arrays called ``<prefix>layer0/weight`` and so on."""

        def layer(name: str, *parts: str) -> tuple[np.ndarray, ...]:
            return tuple(arrays[f"{prefix}{name}/{part}"].astype(np.float32) for part in parts)

        n_hidden = sum(name.startswith(f"{prefix}layer") and name.endswith("/gain") for name in arrays)
        hidden = tuple(layer(f"layer{i}", "weight", "bias", "gain", "offset") for i in range(n_hidden))
        return cls(hidden, layer("last", "weight", "bias"))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Outputs, shape (n, n_outputs), of inputs, shape (n, n_inputs)."""
        for weight, bias, gain, offset in self.hidden:
            values = values @ weight.T + bias
            values = values - values.mean(axis=1, keepdims=True)
            values = values / np.sqrt((values * values).mean(axis=1, keepdims=True) + _EPSILON)
            values = values * gain + offset
            values = 0.5 * values * (1 + erf(values * np.float32(np.sqrt(0.5))))
        weight, bias = self.last
        return values @ weight.T + bias


@dataclass(frozen=True, eq=False)
class MixtureNetwork:
    """A trained mixture density network.

    Attributes
    ----------
    targets : CellTargets
    mean, spread : numpy.ndarray, shape (n_free,)
        Of the targets of the training set: what the network predicts is scaled by them.
    log_scales : numpy.ndarray, shape (2,)
        See `network_inputs`.
    perceptron : Perceptron
    """

    targets: CellTargets
    mean: np.ndarray
    spread: np.ndarray
    log_scales: np.ndarray
    perceptron: Perceptron

    @classmethod
    def from_arrays(cls, symbol: str, arrays: dict[str, np.ndarray], prefix: str = "") -> MixtureNetwork:
        """From stored arrays; their names start with `prefix`."""
        parts = (arrays[prefix + name].astype(float) for name in ("mean", "spread", "log_scales"))
        return cls(CellTargets(symbol), *parts, Perceptron.from_arrays(arrays, prefix))

    def mixtures(self, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Weights (n, k), means (n, k, d) and factors of the inverse covariance (n, k, d, d), scaled."""
        d = len(self.mean)
        outputs = self.perceptron(inputs).astype(float)
        outputs = outputs.reshape(len(inputs), -1, 1 + 2 * d + d * (d - 1) // 2)
        weights = np.exp(outputs[..., 0] - outputs[..., 0].max(axis=1, keepdims=True))
        factors = np.zeros((*outputs.shape[:2], d, d))
        diagonal = np.arange(d)
        factors[..., diagonal, diagonal] = np.exp(np.clip(outputs[..., 1 + d : 1 + 2 * d], *LOG_PRECISION_RANGE))
        factors[(..., *np.tril_indices(d, -1))] = outputs[..., 1 + 2 * d :]
        return weights / weights.sum(axis=1, keepdims=True), outputs[..., 1 : 1 + d], factors

    def distribution(self, q2: np.ndarray) -> Mixtures:
        """Distributions of cells for peak lists, shape (n, n_peaks)."""
        inputs, scale = network_inputs(q2, self.log_scales)
        weights, means, factors = self.mixtures(inputs)
        cumulated = np.cumsum(weights, axis=1)
        heights = cumulated / cumulated[:, -1:] + np.arange(len(q2))[:, None]
        d = len(self.mean)
        return Mixtures(self, scale, heights.ravel(), means.reshape(-1, d), factors.reshape(-1, d, d))


@dataclass(frozen=True, eq=False)
class Mixtures:
    """Mixtures of Gaussians, one for each of n peak lists, k components each.

    Attributes
    ----------
    network : MixtureNetwork
    scale : numpy.ndarray, shape (n,)
        1/Å².
    heights : numpy.ndarray, shape (n k,)
        Weights cumulated within each list, plus the number of the list: a draw is a place among them.
    means : numpy.ndarray, shape (n k, d)
    factors : numpy.ndarray, shape (n k, d, d)
        Lower triangles L, the inverse covariances being L^T L: L times a deviation is standard normal.
    """

    network: MixtureNetwork
    scale: np.ndarray
    heights: np.ndarray
    means: np.ndarray
    factors: np.ndarray

    def draw(self, lists: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Free xnn, shape (m, n_free) in 1/Å², one for each index of a list, shape (m,)."""
        network = self.network
        chosen = np.searchsorted(self.heights, lists + rng.random(len(lists)), side="right")
        factors = self.factors[chosen]
        deviation = rng.standard_normal((len(lists), len(network.mean)))
        # forward substitution for all draws at once
        for i in range(deviation.shape[1]):
            known = np.einsum("nj,nj->n", factors[:, i, :i], deviation[:, :i])
            deviation[:, i] = (deviation[:, i] - known) / factors[:, i, i]
        scaled = self.means[chosen] + deviation
        return network.targets.to_xnn(scaled * network.spread + network.mean, self.scale[lists])
