"""Training of networks: what is learned, checkpoints, early stopping, bad input, memory."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from training_lists import make_training_set

from mlindex_plugin.errors import InputError
from mlindex_plugin.models.network_training import NetworkSettings, default_settings, train_networks

torch = pytest.importorskip("torch")

TINY = NetworkSettings("mixture", n_epochs=4, batch_size=64, learning_rate=0.01, n_components=4, hidden=(32,))
TINY_VARIANCE = dataclasses.replace(default_settings("variance", "tP"), n_epochs=4)


@pytest.fixture(scope="module")
def lists():
    return make_training_set("tP", 300, n_groups=2)


@pytest.fixture(scope="module")
def held_out():
    return make_training_set("tP", 60, seed=1, n_groups=2)


class Stop(Exception):
    """A kill in the middle of training."""


def stop_after(number):
    def progress(epoch):
        if epoch.number == number:
            raise Stop

    return progress


def same(first, second):
    assert first.history == second.history
    assert first.arrays.keys() == second.arrays.keys()
    return all(np.array_equal(first.arrays[name], second.arrays[name]) for name in first.arrays)


def test_the_held_out_loss_falls_and_each_epoch_is_reported(lists, held_out):
    reported = []
    settings = dataclasses.replace(TINY, n_epochs=8)
    trained = train_networks(lists, held_out, settings, 1, progress=reported.append)
    assert [epoch.number for epoch in reported] == list(range(1, 9)) and trained.history == tuple(reported)
    assert {epoch.network for epoch in reported} == {"all"}
    assert reported[-1].held_out_loss < reported[0].held_out_loss - 0.5
    assert trained.arrays["network0/last/weight"].dtype == np.float16
    assert trained.arrays["shares"].tolist() == [1.0]


def test_variance_networks_are_one_a_group(lists, held_out):
    trained = train_networks(lists, held_out, TINY_VARIANCE, 1)
    assert [epoch.network for epoch in trained.history] == ["tP-1"] * 4 + ["tP-2"] * 4
    assert trained.arrays["shares"].tolist() == [0.5, 0.5]
    assert trained.history[3].held_out_loss < trained.history[0].held_out_loss
    assert not np.array_equal(trained.arrays["network0/mean/last/weight"], trained.arrays["network1/mean/last/weight"])


@pytest.mark.parametrize("settings", [TINY, TINY_VARIANCE], ids=lambda settings: settings.kind)
def test_interrupted_training_ends_like_uninterrupted(lists, held_out, settings, tmp_path):
    whole = train_networks(lists, held_out, settings, 1)
    path = tmp_path / "tP.pt"
    with pytest.raises(Stop):
        train_networks(lists, held_out, settings, 1, path, stop_after(2))
    numbers = []
    resumed = train_networks(lists, held_out, settings, 1, path, lambda epoch: numbers.append(epoch.number))
    assert numbers[0] == 3
    assert same(whole, resumed)
    assert not list(tmp_path.glob("*.part"))
    # finished training is not repeated
    assert same(whole, train_networks(lists, held_out, settings, 1, path, lambda epoch: pytest.fail("trained anew")))


def test_another_seed_gives_other_weights(lists, held_out):
    short = dataclasses.replace(TINY, n_epochs=1)
    first, again, other = (train_networks(lists, held_out, short, seed) for seed in (1, 1, 2))
    assert same(first, again)
    assert not np.array_equal(first.arrays["network0/last/weight"], other.arrays["network0/last/weight"])


def test_a_checkpoint_of_something_else_is_refused(lists, held_out, tmp_path):
    path = tmp_path / "tP.pt"
    short = dataclasses.replace(TINY, n_epochs=1)
    train_networks(lists, held_out, short, 1, path)
    for other in ((lists, short, 2), (lists, TINY, 1), (lists.take(slice(10, None)), short, 1)):
        with pytest.raises(InputError, match=r"tP\.pt: checkpoint of other data, settings or seed; remove it"):
            train_networks(other[0], held_out, other[1], other[2], path)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", None])
def test_a_damaged_checkpoint_is_named(lists, held_out, tmp_path, content):
    path = tmp_path / "tP.pt"
    short = dataclasses.replace(TINY, n_epochs=1)
    train_networks(lists, held_out, short, 1, path)
    path.write_bytes(path.read_bytes()[:2000] if content is None else content)
    with pytest.raises(InputError, match=r"tP\.pt: not a checkpoint that can be read; remove it"):
        train_networks(lists, held_out, short, 1, path)


def test_training_stops_when_nothing_is_gained(lists, held_out):
    steep = dataclasses.replace(TINY, n_epochs=40, patience=2, learning_rate=0.3)
    trained = train_networks(lists, held_out, steep, 1)
    losses = [epoch.held_out_loss for epoch in trained.history]
    assert len(losses) < 40
    assert len(losses) - 1 - int(np.argmin(losses)) == 2


def test_a_loss_that_is_no_number_stops_with_epoch_and_batch(lists, held_out):
    x = lists.x.copy()
    x[7] = np.nan
    broken = dataclasses.replace(lists, x=x)
    with pytest.raises(InputError, match=r"tP, mixture network of all: the loss is nan in epoch 1, batch \d+; "):
        train_networks(broken, held_out, TINY, 1)


def test_sets_without_lists_are_refused(lists, held_out):
    nothing = lists.take(np.zeros(len(lists), dtype=bool))
    with pytest.raises(InputError, match="tP: no training peak lists"):
        train_networks(nothing, held_out, TINY, 1)
    with pytest.raises(InputError, match="tP: no held-out peak lists"):
        train_networks(lists, nothing, TINY, 1)


def test_unknown_kinds_are_refused():
    with pytest.raises(InputError, match="'forest' are unknown; choose mixture or variance"):
        default_settings("forest", "tP")


@pytest.mark.parametrize("settings", [TINY, TINY_VARIANCE], ids=lambda settings: settings.kind)
def test_memory_does_not_grow_over_cycles(lists, held_out, settings):
    """A hundred epochs: five cycles of mean and variance, at whose changes the methods document's networks leaked."""
    resident = []

    def progress(epoch):
        with open("/proc/self/statm") as statm:
            resident.append(int(statm.read().split()[1]) * 4096 / 1e6)

    settings = dataclasses.replace(settings, n_epochs=100, patience=100)
    train_networks(lists.take(slice(0, 120, 2)), held_out, settings, 1, progress=progress)
    assert len(resident) == 100
    assert resident[-1] - resident[30] < 3  # MB
