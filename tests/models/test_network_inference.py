"""Networks in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest
from training_lists import make_training_set

import mlindex_plugin  # noqa: F401  (before torch)
from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, full_xnn
from mlindex_plugin.models.network_inference import MixtureNetwork
from mlindex_plugin.models.variance_inference import VarianceNetwork

torch = pytest.importorskip("torch")

from mlindex_plugin.models.mixture_network import MixtureTraining  # noqa: E402
from mlindex_plugin.models.network_training import NetworkSettings  # noqa: E402
from mlindex_plugin.models.variance_network import VarianceTraining  # noqa: E402


def trained_a_little(training_class, lists, kind):
    """A network after a few steps, so that its weights are not those of the start."""
    torch.manual_seed(3)
    settings = NetworkSettings(kind, n_epochs=20, learning_rate=0.01, n_components=6, hidden=(48, 32))
    training = training_class(lists, settings, 1, np.random.default_rng(1), torch.device("cpu"))
    inputs, targets = (torch.as_tensor(part) for part in training.prepare(lists.q2, lists.x))
    for epoch in range(20):
        training.start_epoch(epoch)
        training.module.zero_grad(set_to_none=True)
        training.loss(inputs, targets).backward()
        training.step()
    training.module.eval()
    return training, inputs


@pytest.mark.parametrize("symbol", ["cP", "hP", "mP", "aP"])
def test_a_mixture_is_the_same_without_torch(symbol):
    lists = make_training_set(symbol, 200)
    training, inputs = trained_a_little(MixtureTraining, lists, "mixture")
    network = MixtureNetwork.from_arrays(symbol, training.arrays())
    with torch.no_grad():
        log_weights, means, factors = (part.numpy() for part in training.module(inputs))
    found = network.mixtures(inputs.numpy())
    # float16 weights
    np.testing.assert_allclose(found[0], np.exp(log_weights), atol=1e-3)
    np.testing.assert_allclose(found[1], means, atol=5e-3)
    np.testing.assert_allclose(found[2], factors, rtol=5e-3, atol=5e-3)


def test_without_rounding_the_difference_is_that_of_float32():
    lists = make_training_set("mP", 100)
    training, inputs = trained_a_little(MixtureTraining, lists, "mixture")
    rounded = {name: torch.from_numpy(value) for name, value in training.module.perceptron.arrays().items()}
    perceptron = training.module.perceptron
    with torch.no_grad():
        for i, (dense, norm) in enumerate(zip(perceptron.hidden, perceptron.norms, strict=True)):
            for name, parameter in (("weight", dense.weight), ("bias", dense.bias)):
                parameter.copy_(rounded[f"layer{i}/{name}"])
            for name, parameter in (("gain", norm.weight), ("offset", norm.bias)):
                parameter.copy_(rounded[f"layer{i}/{name}"])
        perceptron.last.weight.copy_(rounded["last/weight"])
        perceptron.last.bias.copy_(rounded["last/bias"])
        expected = perceptron(inputs).numpy()
    found = MixtureNetwork.from_arrays("mP", training.arrays()).perceptron(inputs.numpy())
    np.testing.assert_allclose(found, expected, atol=2e-5)


@pytest.mark.parametrize("symbol", ["cP", "tP", "aP"])
def test_a_variance_network_is_the_same_without_torch(symbol):
    lists = make_training_set(symbol, 200)
    training, inputs = trained_a_little(VarianceTraining, lists, "variance")
    found = VarianceNetwork.from_arrays(symbol, training.arrays()).distribution(lists.q2)
    with torch.no_grad():
        expected = [part.numpy() for part in training.module(inputs)]
    for part, value in zip((found.mean, found.alpha, found.beta), expected, strict=True):
        np.testing.assert_allclose(part, value, rtol=2e-3, atol=2e-3)


def test_draws_of_a_mixture_have_its_density():
    lists = make_training_set("mP", 200)
    training, _ = trained_a_little(MixtureTraining, lists, "mixture")
    network = MixtureNetwork.from_arrays("mP", training.arrays())
    distribution = network.distribution(lists.q2[:2])
    x = distribution.draw(np.ones(40_000, dtype=int), np.random.default_rng(5))
    drawn = network.targets.from_xnn(x[np.isfinite(x).all(axis=1)], np.array([distribution.scale[1]]))
    drawn = (drawn - network.mean) / network.spread
    weights, means, factors = (part[1] for part in network.mixtures(training.prepare(lists.q2, lists.x)[0][:2]))
    covariances = np.linalg.inv(np.swapaxes(factors, 1, 2) @ factors)
    mean = weights @ means
    spread = means - mean
    covariance = np.einsum("k,kij->ij", weights, covariances + spread[:, :, None] * spread[:, None, :])
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.03)
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.05)


def test_cells_larger_or_smaller_than_all_trained_on_are_found_like_the_largest_and_smallest():
    lists = make_training_set("mP", 200)
    training, inputs = trained_a_little(MixtureTraining, lists, "mixture")
    network = MixtureNetwork.from_arrays("mP", training.arrays())
    low, high = network.log_scales
    assert low < inputs[:, 0].mean() - 3.5 < high
    q2 = lists.q2[:1, :20] / lists.q2[0, :10].mean()

    def drawn(log_scale):
        factor = np.exp(log_scale)
        x = network.distribution(factor * q2).draw(np.zeros(500, int), np.random.default_rng(1))
        return x / factor

    for inner, outer in ((low, low - 8), (high, high + 8)):
        np.testing.assert_allclose(drawn(inner), drawn(outer), rtol=1e-3, atol=1e-6)
    assert not np.allclose(drawn(low), drawn(high), rtol=1e-3)


def test_draws_of_a_variance_network_are_student_t():
    lists = make_training_set("cP", 200)
    training, _ = trained_a_little(VarianceTraining, lists, "variance")
    network = VarianceNetwork.from_arrays("cP", training.arrays())
    distribution = network.distribution(lists.q2[:1])
    distribution.mean[:] = 30.0  # no length is negative
    x = distribution.draw(np.zeros(20_000, dtype=int), np.random.default_rng(6))
    lengths = cells_from_xnn(full_xnn(LATTICES["cP"], x))[:, 0]
    deviation = (lengths - network.scaling.length_mean) / network.scaling.length_std - 30
    alpha, beta = float(distribution.alpha[0, 0]), float(distribution.beta[0, 0])
    assert kstest(deviation / np.sqrt(beta / alpha), "t", args=(2 * alpha,)).pvalue > 0.01
