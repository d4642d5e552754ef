"""Training the models of one lattice, stage by stage."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, replace

import numpy as np

from mlindex_plugin.algorithms.training.assemble import TrainingData, assemble
from mlindex_plugin.algorithms.training.members import FITTED, MEMBERS, NETWORK, Member
from mlindex_plugin.algorithms.training.order import Order
from mlindex_plugin.algorithms.training.parts import arrays_of_data, data_of_arrays, kept_arrays, make_folder
from mlindex_plugin.algorithms.training.regression import regressions
from mlindex_plugin.algorithms.training.report import LatticeReport, write_lattice_report

logger = logging.getLogger(__name__)

# Each stage and its share of the time of a lattice, about. Their order seeds their random numbers.
STAGES = {"training set": 0.15, "templates": 0.05, "forest": 0.15, "volumes": 0.05, "network": 0.5, "report": 0.1}
_HISTORY = "history"  # epochs as JSON, beside the arrays of the network

Tell = Callable[[str, float], None]


def train_lattice(symbol: str, order: Order, tell: Tell) -> tuple[dict[str, dict], dict]:
    """Train the models of a lattice and write its report, going on behind the last stage that was completed.

    Parameters
    ----------
    symbol : str
        Bravais lattice.
    order : Order
    tell : callable
        Called as ``tell(stage, fraction)``; it may raise, which leaves what is done.

    Returns
    -------
    members : dict of str to dict of str to numpy.ndarray
        Arrays by name of the member and of the array.
    record : dict
        What the manifest says of the lattice.

    Raises
    ------
    InputError
        If the data sets cannot be used, a file cannot be written, or a loss is not a number.
    """
    folder = make_folder(order.folder(symbol))
    with _stage(symbol, "training set", tell):
        stored = kept_arrays(folder / "training_set.npz", lambda: _assembled(symbol, order))
    data = data_of_arrays(symbol, stored)
    members = {}
    for member in FITTED:
        with _stage(symbol, member.name, tell) as progress:
            members[member.name] = _fitted(member, data, order, progress)
    with _stage(symbol, NETWORK.name, tell) as progress:
        network = _network(data, order, progress)
        history = json.loads(str(network.pop(_HISTORY)))
        members[NETWORK.name] = network
    with _stage(symbol, "report", tell) as progress:
        report = _report(members, history, data, order, progress)
        write_lattice_report(report, order.directory)
    return members, _record(report, order)


@contextmanager
def _stage(symbol, stage, tell):
    """Tell of a stage; gives a function that tells which fraction of it is done."""
    started = time.perf_counter()
    tell(stage, 0.0)
    yield lambda fraction: tell(stage, fraction)
    tell(stage, 1.0)
    logger.info("%s: %s, %.0f s", symbol, stage, time.perf_counter() - started)


def _rng(symbol, stage, order) -> np.random.Generator:
    return np.random.default_rng(order.seed_of(symbol, list(STAGES).index(stage)))


def _assembled(symbol, order):
    paths = [one.path for one in order.data]
    return arrays_of_data(assemble(paths, symbol, order.recipe, _rng(symbol, "training set", order)))


def _fitted(member: Member, data: TrainingData, order, progress):
    """Arrays of a member that is fitted in one go."""
    symbol = data.training.symbol

    def make():
        return member.generator_class().fit(data.training, _rng(symbol, member.name, order), progress).arrays()

    return kept_arrays(order.folder(symbol) / f"{member.name}.npz", make)


def _network(data: TrainingData, order, progress):
    """Arrays of the networks, and the history of their training."""
    from mlindex_plugin.models.network_training import default_settings, train_networks

    symbol = data.training.symbol
    folder = order.folder(symbol)
    settings = replace(default_settings(order.network_kind, symbol), **order.network)
    seed = int(_rng(symbol, NETWORK.name, order).integers(2**31))

    def make():
        def tell(epoch):
            logger.debug(
                "%s: network %s, epoch %d: loss %.4f, held out %.4f",
                *(symbol, epoch.network, epoch.number, epoch.loss, epoch.held_out_loss),
            )
            progress(epoch.number / epoch.n_epochs)

        checkpoint = folder / "network_epoch.npz"
        trained = train_networks(data.training, data.held_out, settings, seed, checkpoint, tell)
        history = json.dumps([asdict(epoch) for epoch in trained.history])
        return {**trained.arrays, _HISTORY: np.array(history)}

    return kept_arrays(folder / f"{NETWORK.name}.npz", make)


def _report(members, history, data: TrainingData, order, progress) -> LatticeReport:
    symbol = data.training.symbol
    rng = _rng(symbol, "report", order)
    sides = {"training": data.training, "validation": data.validation}
    found: dict[str, dict] = {}
    for number, member in enumerate(MEMBERS):
        generator = member.generator_class().from_arrays(symbol, members[member.name])
        progress(number / len(MEMBERS))
        found[member.title] = {side: regressions(generator, some, rng) for side, some in sides.items()}
    lists = {name: len(getattr(data, name)) for name in ("training", "held_out", "validation")}
    return LatticeReport(symbol, lists, data.training.groups, found, history, order.settings)


def _record(report: LatticeReport, order) -> dict:
    numbers = report.numbers()
    return {
        "key": order.key,
        "version": numbers["version"],
        "settings": order.settings,
        "data_sets": [{"file": one.name, "sha256": one.digest} for one in order.data],
        "lists": report.lists,
        "groups": numbers["groups"],
        "validation": {title: sides["validation"] for title, sides in numbers["models"].items()},
        "held_out_loss": {name: min(losses) for name, losses in _losses(report.history).items()},
    }


def _losses(history) -> dict[str, list[float]]:
    losses: dict[str, list[float]] = {}
    for epoch in history:
        losses.setdefault(epoch["network"], []).append(epoch["held_out_loss"])
    return losses
