"""Mixture density networks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

import mlindex_plugin  # noqa: F401  (before torch)

torch = pytest.importorskip("torch")

from mlindex_plugin.models.mixture_network import MixtureDensity  # noqa: E402
from mlindex_plugin.models.network_inputs import N_INPUTS  # noqa: E402


def test_the_loss_is_the_likelihood_of_a_mixture_of_correlated_gaussians():
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    network = MixtureDensity(rng.standard_normal((4, 3)), (16,))
    with torch.no_grad():
        network.perceptron.last.weight.mul_(5)
    inputs, targets = torch.randn(6, N_INPUTS), torch.randn(6, 3)
    with torch.no_grad():
        found = network.negative_log_likelihood(inputs, targets).numpy()
        log_weights, means, factors = (part.numpy().astype(float) for part in network(inputs))
    np.testing.assert_allclose(np.exp(log_weights).sum(axis=1), 1, rtol=1e-5)
    assert np.abs(factors[..., 1, 0]).max() > 0.1 and not factors[..., 0, 1].any()
    for i in range(6):
        logs = [
            log_weights[i, k]
            + multivariate_normal.logpdf(targets[i], means[i, k], np.linalg.inv(factors[i, k].T @ factors[i, k]))
            for k in range(4)
        ]
        assert found[i] == pytest.approx(-logsumexp(logs), rel=1e-4)


def test_components_start_where_they_are_put():
    first = np.random.default_rng(2).standard_normal((5, 4))
    _, means, _ = MixtureDensity(first, (64,))(torch.zeros(1, N_INPUTS))
    np.testing.assert_allclose(means.detach().numpy()[0], first, atol=0.5)
