"""The methods document's variance networks."""

from __future__ import annotations

import numpy as np
import pytest
from training_lists import make_training_set

import mlindex_plugin  # noqa: F401  (before torch)

torch = pytest.importorskip("torch")

from scipy.stats import t as student_t  # noqa: E402

from mlindex_plugin.models.network_training import default_settings  # noqa: E402
from mlindex_plugin.models.variance_network import (  # noqa: E402
    VarianceNetwork,
    VarianceTraining,
    beta_loss,
    student_t_loss,
)


def test_equation_19_is_the_likelihood_of_a_student_t():
    rng = np.random.default_rng(1)
    alpha, beta, deviation = 1 + rng.gamma(2, size=200), rng.gamma(2, size=200), 2 * rng.standard_normal(200)
    expected = -student_t.logpdf(deviation, df=2 * alpha, scale=np.sqrt(beta / alpha))
    found = student_t_loss(*(torch.as_tensor(part) for part in (alpha, beta, deviation)))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-10)


def test_equation_20_weighs_without_a_gradient_of_the_weight():
    alpha = torch.tensor([3.0, 1.5], dtype=torch.float64)
    beta = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    deviation = torch.tensor([0.3, -1.0], dtype=torch.float64, requires_grad=True)
    weight = torch.tensor([0.5 / 2, 2 / 0.5], dtype=torch.float64).sqrt()
    plain = student_t_loss(alpha, beta, deviation)
    weighted = beta_loss(alpha, beta, deviation)
    torch.testing.assert_close(weighted, weight * plain)
    for parameter in (beta, deviation):
        (of_plain,) = torch.autograd.grad(plain.sum(), parameter, retain_graph=True)
        (of_weighted,) = torch.autograd.grad(weighted.sum(), parameter, retain_graph=True)
        torch.testing.assert_close(of_weighted, weight * of_plain)


def test_three_networks_of_the_documents_sizes():
    network = VarianceNetwork(40, 6)
    sizes = {
        name: [layer.out_features for layer in (*part.hidden, part.last)] for name, part in network.named_children()
    }
    assert sizes == {"mean": [200, 100, 60, 6], "alpha": [100, 60, 6], "beta": [100, 60, 6]}
    assert {part.dropout.p for part in network.children()} == {0.5}
    mean, alpha, beta = network(100 * torch.randn(50, 40))
    assert mean.shape == (50, 6) and (alpha > 1).all() and (beta > 0).all()


def test_ten_epochs_each_by_turns():
    lists = make_training_set("oP", 30)
    training = VarianceTraining(
        lists, default_settings("variance", "oP"), 1, np.random.default_rng(0), torch.device("cpu")
    )
    inputs, targets = (torch.as_tensor(part) for part in training.prepare(lists.q2, lists.x))
    moved = []
    for epoch in (0, 9, 10, 19, 20):
        before = {name: part.last.weight.clone() for name, part in training.module.named_children()}
        training.start_epoch(epoch)
        training.module.zero_grad(set_to_none=True)
        training.loss(inputs, targets).backward()
        training.step()
        after = training.module.named_children()
        moved.append("".join(name[0] for name, part in after if not torch.equal(part.last.weight, before[name])))
    assert moved == ["m", "m", "ab", "ab", "m"]
