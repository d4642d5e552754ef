"""The schedule over lattices and stages, with members that are quick to train."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from training_files import many_crystals

from mlindex_plugin.algorithms.training import lattice_training, report, schedule
from mlindex_plugin.algorithms.training.assemble import Recipe
from mlindex_plugin.algorithms.training.members import Member
from mlindex_plugin.algorithms.training.order import DataFile, Order
from mlindex_plugin.errors import InputError
from mlindex_plugin.models.registry import read_manifest

pytest.importorskip("torch")


class Mean:
    """The mean cell of the training set and a random number."""

    def __init__(self, arrays):
        self._arrays = arrays

    @classmethod
    def fit(cls, training_set, rng, progress):
        progress(0.5)
        return cls({"x": training_set.x.mean(axis=0), "drawn": rng.random(3)})

    @classmethod
    def from_arrays(cls, symbol, arrays):
        return cls(arrays)

    def arrays(self):
        return self._arrays

    def generate(self, q2, n, rng):
        return np.tile(self._arrays["x"], (n, 1))


@pytest.fixture
def order(tmp_path, monkeypatch):
    """An order of quick members; the network is one of them."""
    from mlindex_plugin.models import network_training

    def train_networks(training_set, held_out, settings, seed, checkpoint, progress):
        epoch = network_training.Epoch("all", 1, 1, 2.0, 1.5)
        progress(epoch)
        return network_training.TrainedNetworks({"x": training_set.x.mean(axis=0), "seed": np.array(seed)}, (epoch,))

    monkeypatch.setattr(Member, "generator_class", lambda self: Mean)
    monkeypatch.setattr(network_training, "train_networks", train_networks)
    monkeypatch.setattr(report, "regression_plot", lambda sides: "")  # the drawing takes most of the time
    monkeypatch.setattr(report, "loss_plot", lambda history: "")
    path = many_crystals(tmp_path / "training.h5", 30)
    return Order((DataFile.of(path),), tmp_path, Recipe(n_lists=60), seed=3)


def train(order, show=lambda *said: None, symbols=("tP",)):
    return schedule.train_models(order, list(symbols), 1, show)


def content(folder: Path):
    names = ("tP.npz", "manifest.json", "report_tP.json", "report_tP.html")
    return {name: (folder / name).read_bytes() for name in names}


def test_every_stage_is_told_and_done_once(order):
    said = []
    assert train(order, lambda *one: said.append(one))
    stages = [stage for _, stage, fraction in said if fraction == 1.0]
    assert stages.count("network") >= 1
    assert list(dict.fromkeys(stages)) == list(lattice_training.STAGES)
    assert sum(lattice_training.STAGES.values()) == pytest.approx(1.0)
    assert not (order.directory / "parts").exists()


@pytest.mark.parametrize("stage", [*lattice_training.STAGES])
def test_training_that_fails_in_any_stage_goes_on_and_ends_with_the_same_bytes(stage, order):
    assert train(order)
    whole = content(order.directory)
    for name in whole:
        (order.directory / name).unlink()

    def fail(symbol, at, fraction):
        if at == stage:
            raise MemoryError

    with pytest.raises(MemoryError):
        train(order, fail)
    assert train(order)
    assert content(order.directory) == whole


def test_stages_that_are_done_are_not_done_again(order, monkeypatch):
    def fail(symbol, at, fraction):
        if at == "report":
            raise MemoryError

    with pytest.raises(MemoryError):
        train(order, fail)
    monkeypatch.setattr(Mean, "fit", None)  # would be an error if it were called
    monkeypatch.setattr(lattice_training, "assemble", None)
    assert train(order)


def test_a_damaged_part_is_made_anew(order):
    assert train(order)
    whole = content(order.directory)
    for name in whole:
        (order.directory / name).unlink()
    order.folder("tP").mkdir(parents=True)
    (order.folder("tP") / "forest.npz").write_bytes(b"PK damaged")
    assert train(order)
    assert content(order.directory) == whole


def test_ctrl_c_stops_at_the_next_message(order, monkeypatch):
    class Asked:
        asked = True

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(schedule, "Interruption", Asked)
    assert not train(order)
    assert not (order.directory / "tP.npz").exists()


def test_another_order_is_trained_anew_and_other_lattices_stay(order):
    assert train(order)
    first = read_manifest(order.directory)["lattices"]["tP"]
    manifest = order.directory / "manifest.json"
    other = json.loads(manifest.read_text())
    of_another_time = {"file": "cP.npz", "sha256": "0" * 64, "key": "of another time"}
    other["lattices"]["cP"] = of_another_time
    manifest.write_text(json.dumps(other))
    again = Order(order.data, order.directory, order.recipe, seed=4)
    assert train(again)
    lattices = read_manifest(order.directory)["lattices"]
    assert lattices["tP"]["sha256"] != first["sha256"] and lattices["tP"]["key"] == again.key
    assert lattices["cP"] == of_another_time


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"damaged")])
def test_models_that_are_gone_or_damaged_are_trained_again(damage, order):
    assert train(order)
    whole = content(order.directory)
    damage(order.directory / "tP.npz")
    said = []
    assert train(order, lambda *one: said.append(one))
    assert ("tP", "forest", 1.0) in said
    assert content(order.directory) == whole


def test_what_is_there_already_is_told_as_done(order):
    assert train(order)
    said = []
    assert train(order, lambda *one: said.append(one))
    assert said == [("tP", "report", 1.0)]


def test_the_key_follows_data_and_settings(order):
    keys = {
        order.key,
        Order(order.data, order.directory, order.recipe, seed=4).key,
        Order(order.data, order.directory, Recipe(n_lists=61), seed=3).key,
        Order((DataFile("training.h5", "0" * 64),), order.directory, order.recipe, seed=3).key,
    }
    assert len(keys) == 4
    assert Order(order.data, Path("elsewhere"), order.recipe, seed=3).key == order.key


def test_lattices_with_too_few_crystals_are_told_before_the_work(order):
    said = []
    with pytest.raises(
        InputError, match=r"training.h5: 0 aP, 0 cP crystals to train on, 20 are needed; .*leave aP, cP out of"
    ):
        train(order, lambda *one: said.append(one), symbols=("tP", "aP", "cP"))
    assert not said


def test_a_loss_that_is_no_number_is_passed_on(order, monkeypatch):
    from mlindex_plugin.models import network_training

    def fail(*_):
        raise InputError("tP: the loss is not a number in epoch 2, batch 7.")

    monkeypatch.setattr(network_training, "train_networks", fail)
    with pytest.raises(InputError, match="epoch 2, batch 7"):
        train(order)
