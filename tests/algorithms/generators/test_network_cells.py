"""Candidates of networks."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from training_lists import make_training_set

from mlindex_plugin.algorithms.generators.network_cells import NetworkCells
from mlindex_plugin.algorithms.lattice import LATTICES, full_xnn, volumes_from_xnn
from mlindex_plugin.algorithms.lattice.closeness import close_candidates
from mlindex_plugin.models.network_training import NetworkSettings, default_settings, train_networks

pytest.importorskip("torch")
SETTINGS = {
    "mixture": NetworkSettings("mixture", n_epochs=20, batch_size=64, learning_rate=5e-3, n_components=8, hidden=(64,)),
    "variance": dataclasses.replace(default_settings("variance", "tP"), n_epochs=20, learning_rate=2e-3),
}


@pytest.fixture(scope="module")
def unseen():
    return make_training_set("tP", 40, seed=9)


@pytest.fixture(scope="module", params=SETTINGS)
def networks(request, tmp_path_factory):
    """Trained for seconds, stored and read."""
    lists, held_out = make_training_set("tP", 1000, n_groups=2), make_training_set("tP", 60, seed=1, n_groups=2)
    trained = train_networks(lists, held_out, SETTINGS[request.param], 1)
    path = tmp_path_factory.mktemp("networks") / "tP.npz"
    np.savez(path, **NetworkCells.from_arrays("tP", trained.arrays).arrays())
    with np.load(path, allow_pickle=False) as stored:
        return NetworkCells.from_arrays("tP", dict(stored))


def n_close(candidates, unseen):
    return [close_candidates("tP", x, truth).sum() for x, truth in zip(candidates, unseen.x, strict=True)]


def test_candidates_are_near_the_truth(networks, unseen):
    rng = np.random.default_rng(1)
    found = n_close([networks.generate(q2[:20], 200, rng) for q2 in unseen.q2], unseen)
    # the answers to the patterns of other crystals are the measure
    others = n_close([networks.generate(q2[:20], 200, rng) for q2 in np.roll(unseen.q2, 1, axis=0)], unseen)
    assert np.mean(np.array(found) > 0) >= 0.75
    assert np.mean(found) > (2 if networks.kind == "mixture" else 1.3) * np.mean(others)


def test_same_seed_same_candidates_all_physical(networks, unseen):
    first, again, other = (networks.generate(unseen.q2[0][:20], 500, np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (500, 2) and not np.array_equal(first, other)
    assert (volumes_from_xnn(full_xnn(LATTICES["tP"], first)) > 0).all()


@pytest.mark.parametrize("n_peaks", [10, 13, 37, 60])
def test_lists_of_ten_to_sixty_peaks(networks, unseen, n_peaks):
    x = networks.generate(unseen.q2[0][:n_peaks], 300, np.random.default_rng(2))
    assert x.shape == (300, 2) and np.isfinite(x).all()


def test_no_candidates_wanted(networks, unseen):
    assert networks.generate(unseen.q2[0], 0, np.random.default_rng(2)).shape == (0, 2)


def test_the_search_needs_no_torch():
    code = (
        "import sys; import mlindex_plugin.algorithms.generators.network_cells, mlindex_plugin.models.network_training;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
