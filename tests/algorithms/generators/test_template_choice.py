from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.generators.template_choice import TemplateChoice, grown


@pytest.fixture(scope="module")
def solutions():
    """Features of which two tell what is close; close ones are rare and the others stand for many."""
    rng = np.random.default_rng(1)
    features = rng.standard_normal((6000, 5)).astype(np.float32)
    close = features[:, 0] + features[:, 1] * (features[:, 2] > 0) + rng.standard_normal(6000) > 2
    return features, close, np.where(close, 1.0, 5.0)


def test_the_probability_is_that_of_scikit_learn(solutions):
    model = grown(*solutions, seed=3)
    choice = TemplateChoice.from_model(model)
    unseen = np.random.default_rng(2).standard_normal((2000, 5)).astype(np.float32)
    for features in (solutions[0], unseen, 1e3 * unseen):
        expected = model.predict_proba(features)[:, 1]
        assert np.ptp(expected) > 0.5
        np.testing.assert_allclose(choice.probability(features), expected, atol=1e-6)


def test_the_same_solutions_give_the_same_trees(solutions):
    one, two = (TemplateChoice.fit(*solutions, seed=3).arrays() for _ in range(2))
    assert one.keys() == two.keys()
    assert all(np.array_equal(one[name], two[name]) for name in one)
