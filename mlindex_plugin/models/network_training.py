"""Training of the networks of one lattice: epochs, checkpoints, early stopping. torch is imported here only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlindex_plugin.algorithms.training.training_set import TrainingSet

KINDS = ("mixture", "variance")


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
    device : str
        ``auto`` (a GPU where torch finds one), ``cpu`` or ``cuda``.
    """

    kind: str = "mixture"
    n_epochs: int = 40
    patience: int = 15
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
        Mean negative log-likelihood of a list.
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
    """Settings with which the shipped weights of a lattice are trained."""
    raise NotImplementedError


def train_networks(
    training_set: TrainingSet,
    held_out: TrainingSet,
    settings: NetworkSettings,
    seed: int,
    checkpoint: Path | None = None,
    progress: Callable[[Epoch], None] | None = None,
) -> TrainedNetworks:
    """Train the networks of one lattice.

    Parameters
    ----------
    training_set, held_out : TrainingSet
        Without a family in common. Lists are shortened and thinned at random while training; give them whole.
    settings : NetworkSettings
    seed : int
        Same seed, same weights (on one kind of device), with or without interruptions.
    checkpoint : Path, optional
        File written (under a temporary name, then moved) after each epoch. If it exists, training goes on from it;
        it is not removed at the end, so that finished training is not repeated.
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
    raise NotImplementedError
