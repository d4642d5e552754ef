"""Mixture density network: several cells per pattern, each with the covariance of its parameters (torch).

Indexing is one-to-many: a pattern fits cells of different shape, and one Gaussian would lie between them. Mixture
density networks: Bishop (1994), report NCRG/94/004; full covariance by a triangular factor of its inverse: Williams
(1996), Neural Comput. 8, 843.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

from mlindex_plugin.algorithms.training.training_set import TrainingSet
from mlindex_plugin.models.cell_targets import CellTargets
from mlindex_plugin.models.features import peak_scale
from mlindex_plugin.models.network_inference import LOG_PRECISION_RANGE
from mlindex_plugin.models.network_inputs import N_INPUTS, network_inputs
from mlindex_plugin.models.perceptron import Perceptron

_FIRST_LOG_PRECISION = 0.7  # of each component before training: half of the spread of all cells
_FIRST_HEAD = 0.3  # of the usual first weights of the last layer, for components that start where they are put
_KNOWN = (1, 99)  # per cent of the training lists: beyond these scales there are too few to learn from


class MixtureDensity(nn.Module):
    """Perceptron whose outputs are, for each component: logit, mean, log diagonal and rest of a triangle L.

    The inverse covariance is L^T L.

    Parameters
    ----------
    first_means : numpy.ndarray, shape (n_components, n_free)
        Where the components start; different places keep them from being one.
    hidden : tuple of int
    """

    def __init__(self, first_means: np.ndarray, hidden: tuple[int, ...]):
        super().__init__()
        self.n_components, self.n_free = first_means.shape
        rows, columns = np.tril_indices(self.n_free, -1)
        self.register_buffer("rows", torch.as_tensor(rows), persistent=False)
        self.register_buffer("columns", torch.as_tensor(columns), persistent=False)
        n_outputs = 1 + 2 * self.n_free + len(rows)
        self.perceptron = Perceptron(N_INPUTS, hidden, self.n_components * n_outputs)
        with torch.no_grad():
            self.perceptron.last.weight.mul_(_FIRST_HEAD)
            bias = self.perceptron.last.bias.view(self.n_components, n_outputs)
            bias.zero_()
            bias[:, 1 : 1 + self.n_free] = torch.as_tensor(first_means, dtype=torch.float32)
            bias[:, 1 + self.n_free : 1 + 2 * self.n_free] = _FIRST_LOG_PRECISION

    def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Log weights (n, k), means (n, k, d) and factors of the inverse covariance (n, k, d, d)."""
        d = self.n_free
        outputs = self.perceptron(inputs).view(len(inputs), self.n_components, -1)
        log_precision = outputs[..., 1 + d : 1 + 2 * d].clamp(*LOG_PRECISION_RANGE)
        factors = torch.diag_embed(torch.exp(log_precision))
        factors[..., self.rows, self.columns] = outputs[..., 1 + 2 * d :]
        return torch.log_softmax(outputs[..., 0], -1), outputs[..., 1 : 1 + d], factors

    def negative_log_likelihood(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Of each list, shape (n,)."""
        log_weights, means, factors = self(inputs)
        misfit = (factors @ (targets[:, None] - means)[..., None])[..., 0]
        log_determinants = torch.log(torch.diagonal(factors, dim1=-2, dim2=-1)).sum(-1)
        logs = log_weights + log_determinants - 0.5 * (misfit * misfit).sum(-1)
        return 0.5 * self.n_free * math.log(2 * math.pi) - torch.logsumexp(logs, -1)


class MixtureTraining:
    """What `network_training` needs to know of mixture networks.

    Parameters
    ----------
    training_set : TrainingSet
    settings : NetworkSettings
    n_batches : int
        Batches of an epoch.
    rng : numpy.random.Generator
    device : torch.device
    """

    def __init__(self, training_set: TrainingSet, settings, n_batches: int, rng: np.random.Generator, device):
        self.targets = CellTargets(training_set.symbol)
        scale = peak_scale(training_set.q2)
        self.log_scales = np.percentile(np.log(scale), _KNOWN)
        values = self.targets.from_xnn(training_set.x, scale)
        self.mean, self.spread = values.mean(axis=0), values.std(axis=0) + 1e-6
        first = values[rng.choice(len(values), settings.n_components, replace=len(values) < settings.n_components)]
        self.module = MixtureDensity((first - self.mean) / self.spread, settings.hidden).to(device)
        self._optimiser = torch.optim.AdamW(
            self.module.parameters(), lr=settings.learning_rate, weight_decay=0.01, fused=True
        )
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, settings.learning_rate, total_steps=settings.n_epochs * n_batches, pct_start=0.2
        )
        self.stateful = {"optimiser": self._optimiser, "schedule": self._schedule}

    def prepare(self, q2: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and scaled targets of peak lists and free xnn, float32."""
        inputs, scale = network_inputs(q2)
        return inputs, ((self.targets.from_xnn(x, scale) - self.mean) / self.spread).astype(np.float32)

    def start_epoch(self, epoch: int) -> None:
        """Epochs are alike."""
        self.module.train()

    def loss(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Mean negative log-likelihood of a batch."""
        return self.module.negative_log_likelihood(inputs, targets).mean()

    held_out_loss = loss

    def step(self) -> None:
        """One step of the optimiser along the gradients."""
        nn.utils.clip_grad_norm_(self.module.parameters(), 5.0)
        self._optimiser.step()
        self._schedule.step()

    def arrays(self) -> dict[str, np.ndarray]:
        """For `network_inference.MixtureNetwork.from_arrays`."""
        return {
            "mean": self.mean,
            "spread": self.spread,
            "log_scales": self.log_scales,
            **self.module.perceptron.arrays(),
        }
