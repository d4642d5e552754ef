"""The methods document's variance networks: mean, and inverse-gamma distribution of the variance (torch).

Section 2.2.1 of the methods document, after Detlefsen et al. (2019), Seitzer et al. (2022), Stirn & Knowles (2021).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

from mlindex_plugin.algorithms.training.training_set import TrainingSet
from mlindex_plugin.models.perceptron import Perceptron
from mlindex_plugin.models.scaling import Scaling, lattice_system
from mlindex_plugin.models.variance_inference import cells_of, n_variance_peaks, variance_inputs

_DROPOUT = 0.5
_MEAN_HIDDEN = (200, 100, 60)
_VARIANCE_HIDDEN = (100, 60)
EPOCHS_IN_TURN = 10
_BETA = 0.5


def student_t_loss(alpha: torch.Tensor, beta: torch.Tensor, deviation: torch.Tensor) -> torch.Tensor:
    """Negative log-likelihood of deviations from the mean, Eq. 19 of the methods document before its sum.

    With the variance distributed as inverse gamma (alpha, beta) the deviation is Student-t distributed with
    2 alpha degrees of freedom and the scale sqrt(beta / alpha).
    """
    return (
        0.5 * math.log(2 * math.pi)
        - alpha * torch.log(beta)
        - torch.lgamma(alpha + 0.5)
        + torch.lgamma(alpha)
        + (alpha + 0.5) * torch.log(beta + 0.5 * deviation**2)
    )


def beta_loss(alpha: torch.Tensor, beta: torch.Tensor, deviation: torch.Tensor) -> torch.Tensor:
    """`student_t_loss` weighted by the expected variance to the power 1/2, without its gradient; Eq. 20."""
    weight = (beta / (alpha - 1)).detach() ** _BETA
    return weight * student_t_loss(alpha, beta, deviation)


class VarianceNetwork(nn.Module):
    """Three separate perceptrons: mean, alpha and beta of each free cell parameter.

    Parameters
    ----------
    n_inputs, n_free : int
    """

    def __init__(self, n_inputs: int, n_free: int):
        super().__init__()
        self.mean = Perceptron(n_inputs, _MEAN_HIDDEN, n_free, _DROPOUT)
        self.alpha = Perceptron(n_inputs, _VARIANCE_HIDDEN, n_free, _DROPOUT)
        self.beta = Perceptron(n_inputs, _VARIANCE_HIDDEN, n_free, _DROPOUT)

    def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Mean, alpha (above 1) and beta (above 0), each of shape (n, n_free)."""
        positive = nn.functional.softplus
        # softplus underflows to 0 far below 0, where the loss is infinite
        alpha, beta = (positive(network(inputs)) + 1e-6 for network in (self.alpha, self.beta))
        return self.mean(inputs), alpha + 1, beta


class VarianceTraining:
    """What `network_training` needs to know of variance networks.

    Parameters
    ----------
    training_set : TrainingSet
        Of one group.
    settings : NetworkSettings
    n_batches : int
    rng : numpy.random.Generator
    device : torch.device
    """

    def __init__(self, training_set: TrainingSet, settings, n_batches: int, rng: np.random.Generator, device):
        q2 = training_set.q2[:, : n_variance_peaks(training_set.symbol)]
        system = lattice_system(training_set.symbol)
        self.symbol = training_set.symbol
        self.scaling = Scaling.fit(system, training_set.cells, q2[np.isfinite(q2)])
        n_inputs = 2 * n_variance_peaks(self.symbol)
        self.module = VarianceNetwork(n_inputs, self.scaling.n_free).to(device)
        of_variance = [*self.module.alpha.parameters(), *self.module.beta.parameters()]
        rate = settings.learning_rate
        self._optimisers = torch.optim.Adam(self.module.mean.parameters(), rate), torch.optim.Adam(of_variance, rate)
        self._turn = 0
        self.stateful = {"mean": self._optimisers[0], "variance": self._optimisers[1]}

    def prepare(self, q2: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and scaled cells of peak lists and free xnn, float32."""
        inputs = variance_inputs(self.symbol, self.scaling, q2)
        return inputs, self.scaling.scale_cells(cells_of(self.symbol, x)).astype(np.float32)

    def start_epoch(self, epoch: int) -> None:
        """Ten epochs the mean is trained and the variance held fixed, then the other way round."""
        self._turn = (epoch // EPOCHS_IN_TURN) % 2
        for network, turn in ((self.module.mean, 0), (self.module.alpha, 1), (self.module.beta, 1)):
            network.train(turn == self._turn)
            network.requires_grad_(turn == self._turn)

    def loss(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Eq. 20 for the mean, Eq. 19 for the variance; sum over the parameters, mean of a batch."""
        mean, alpha, beta = self.module(inputs)
        loss = beta_loss if self._turn == 0 else student_t_loss
        return loss(alpha, beta, targets - mean).sum(dim=1).mean()

    def held_out_loss(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Eq. 19, mean of a batch."""
        mean, alpha, beta = self.module(inputs)
        return student_t_loss(alpha, beta, targets - mean).sum(dim=1).mean()

    def step(self) -> None:
        """One step of the optimiser whose turn it is."""
        self._optimisers[self._turn].step()

    def arrays(self) -> dict[str, np.ndarray]:
        """For `variance_inference.VarianceNetwork.from_arrays`."""
        scaling = self.scaling
        numbers = [scaling.length_mean, scaling.length_std, scaling.angle_std, scaling.q2_mean, scaling.q2_std]
        found = {"scaling": np.array(numbers)}
        for name in ("mean", "alpha", "beta"):
            found |= {f"{name}/{key}": value for key, value in getattr(self.module, name).arrays().items()}
        return found
