"""Training of the networks of one lattice. torch is imported when training starts, so that nothing else needs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.training.training_set import TrainingSet
from mlindex_plugin.errors import InputError

KINDS = ("mixture", "variance")
# Of mixture networks by lattice system: epochs, components, hidden layers. What half an hour of training affords.
_MIXTURES = {
    "triclinic": (100, 32, (512, 512, 256)),
    "monoclinic": (60, 24, (384, 256)),
    "orthorhombic": (60, 24, (256, 256)),
    "tetragonal": (40, 12, (256, 128)),
    "hexagonal": (40, 12, (256, 128)),
    "cubic": (20, 8, (128, 64)),
}
_VARIANCE_EPOCHS = 100  # five cycles, each of ten epochs for the mean and ten for the variance


@dataclass(frozen=True)
class NetworkSettings:
    """How networks are trained.

    Attributes
    ----------
    kind : str
        ``mixture``: one network for all groups, several modes; ``variance``: the methods document's, one a group.
    n_epochs : int
        The most epochs.
    patience : int
        Epochs without a lower held-out loss after which training stops.
    batch_size : int
    learning_rate : float
        The highest of a mixture network's schedule.
    n_components : int
        Modes of a mixture.
    hidden : tuple of int
        Units of the hidden layers of a mixture network.
    device : str
        ``auto`` (a GPU where torch finds one), ``cpu`` or ``cuda``.
    """

    kind: str = "mixture"
    n_epochs: int = 40
    patience: int = 20
    batch_size: int = 128
    learning_rate: float = 1.5e-3
    n_components: int = 32
    hidden: tuple[int, ...] = (256, 256)
    device: str = "auto"


@dataclass(frozen=True)
class Epoch:
    """What is reported after each epoch.

    Attributes
    ----------
    network : str
        ``all``, or the name of the group that the network is for.
    number, n_epochs : int
        The epoch, from 1, and the most there will be.
    loss, held_out_loss : float
        Mean loss of a list, in training and of what is held out; the latter is a negative log-likelihood.
    """

    network: str
    number: int
    n_epochs: int
    loss: float
    held_out_loss: float


@dataclass(frozen=True, eq=False)
class TrainedNetworks:
    """The networks of one lattice.

    Attributes
    ----------
    arrays : dict of str to numpy.ndarray
        For `NetworkCells.from_arrays(symbol, arrays)`; weights in float16.
    history : tuple of Epoch
        All epochs, of all networks, those before a resumption too.
    """

    arrays: dict[str, np.ndarray]
    history: tuple[Epoch, ...]


def default_settings(kind: str, symbol: str) -> NetworkSettings:
    """Settings with which the shipped weights of a lattice are trained.

    Raises
    ------
    InputError
        If the kind is unknown.
    """
    if kind not in KINDS:
        raise InputError(f"Networks of kind {kind!r} are unknown; choose {' or '.join(KINDS)}.")
    if kind == "variance":
        return NetworkSettings(kind, _VARIANCE_EPOCHS, patience=_VARIANCE_EPOCHS, batch_size=64, learning_rate=1e-4)
    n_epochs, n_components, hidden = _MIXTURES[LATTICES[symbol].system]
    return NetworkSettings(kind, n_epochs, n_components=n_components, hidden=hidden)


def train_networks(
    training_set: TrainingSet,
    held_out: TrainingSet,
    settings: NetworkSettings,
    seed: int,
    checkpoint: Path | None = None,
    progress: Callable[[Epoch], None] | None = None,
) -> TrainedNetworks:
    """Train the networks of one lattice, on one CPU thread or a GPU.

    Parameters
    ----------
    training_set, held_out : TrainingSet
        Without a family in common. Lists are strained, thinned and shortened at random while training; give them
        whole.
    settings : NetworkSettings
    seed : int
        Same seed, same weights (on a CPU), with or without interruptions.
    checkpoint : Path, optional
        File written (under a temporary name, then moved) after each epoch. If it exists, training goes on from it;
        it is not removed at the end, so that finished training is not repeated. Variance networks have one file each,
        with the number of the network before the suffix.
    progress : callable, optional
        Called after each epoch.

    Returns
    -------
    TrainedNetworks
        Of the epoch with the lowest held-out loss.

    Raises
    ------
    InputError
        If the loss is not a number (names lattice, epoch and batch), if a set is empty, or if the checkpoint is
        damaged or of other settings, seed or data.
    """
    for part, name in ((training_set, "training"), (held_out, "held-out")):
        if len(part) == 0:
            raise InputError(f"{training_set.symbol}: no {name} peak lists; give a data set with more crystals.")
    from mlindex_plugin.models.training_run import TrainingRun

    parts = _parts(training_set, held_out, settings.kind)
    shares = np.array([len(part) for _, part, _ in parts]) / len(training_set)
    arrays = {"kind": np.array(settings.kind), "shares": shares}
    history: list[Epoch] = []
    for i, (name, part, held_out_part) in enumerate(parts):
        run = TrainingRun(name, part, held_out_part, settings, (seed, i))
        run.train(_numbered(checkpoint, i) if checkpoint and settings.kind == "variance" else checkpoint, progress)
        arrays |= {f"network{i}/{key}": value for key, value in run.best.items()}
        history += run.history
    return TrainedNetworks(arrays, tuple(history))


def _parts(training_set, held_out, kind):
    """Name, training and held-out lists of each network; a group of which nothing is held out is judged by all."""
    if kind == "mixture":
        return [("all", training_set, held_out)]
    parts = []
    for i, name in enumerate(training_set.groups):
        rows, held_out_rows = training_set.group == i, held_out.group == i
        if rows.any():
            judge = held_out.take(held_out_rows) if held_out_rows.any() else held_out
            parts.append((name, training_set.take(rows), judge))
    return parts


def _numbered(path, number):
    return Path(path).with_name(f"{Path(path).stem}_{number}{Path(path).suffix}")
