"""Training of one network: epochs, the best of them, checkpoints (torch)."""

from __future__ import annotations

import hashlib
import math
import pickle
from pathlib import Path

import numpy as np
import torch

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.training.training_set import TrainingSet
from mlindex_plugin.errors import InputError
from mlindex_plugin.models.list_variation import strain_lists, thin_lists
from mlindex_plugin.models.mixture_network import MixtureTraining
from mlindex_plugin.models.network_training import Epoch, NetworkSettings
from mlindex_plugin.models.variance_network import VarianceTraining
from mlindex_plugin.whole_files import whole_file

_TRAINING = {"mixture": MixtureTraining, "variance": VarianceTraining}
_BATCHES_AT_A_TIME = 16  # varied and prepared together: bounds the memory
_JUDGED_PEAKS = 20  # of held-out lists


class TrainingRun:
    """One network on its way; after `train`, the best it was.

    Parameters
    ----------
    name : str
        What is reported as the network.
    training_set, held_out : TrainingSet
    settings : NetworkSettings
    seed : tuple of int

    Attributes
    ----------
    best : dict of str to numpy.ndarray
        Arrays of the epoch with the lowest held-out loss.
    history : list of Epoch
    """

    def __init__(
        self, name: str, training_set: TrainingSet, held_out: TrainingSet, settings: NetworkSettings, seed: tuple
    ):
        torch.set_num_threads(1)  # sums do not depend on the machine, and lattices are trained side by side
        self.name, self.training_set, self.settings, self.seed = name, training_set, settings, seed
        self._batch_size = min(settings.batch_size, len(training_set))
        self._n_batches = len(training_set) // self._batch_size
        self._device = torch_device(settings.device)
        rng = self._generator(0)
        self._network = _TRAINING[settings.kind](training_set, settings, self._n_batches, rng, self._device)
        self._held_out = self._tensors(held_out.q2[:, :_JUDGED_PEAKS], held_out.x)
        self._fingerprint = _fingerprint(training_set, held_out, settings, seed)
        self.best: dict[str, np.ndarray] = {}
        self.history: list[Epoch] = []

    def train(self, checkpoint: Path | None, progress) -> None:
        """Go on to the last epoch, or until the held-out loss has not become lower for long enough."""
        if checkpoint is not None and Path(checkpoint).exists():
            self._load(Path(checkpoint))
        while not self._finished():
            number = len(self.history) + 1
            loss = self._train_epoch(number)
            held_out_loss = self._judge(number)
            if not self.history or held_out_loss < min(epoch.held_out_loss for epoch in self.history):
                self.best = self._network.arrays()
            epoch = Epoch(self.name, number, self.settings.n_epochs, loss, held_out_loss)
            self.history.append(epoch)
            if checkpoint is not None:
                self._save(Path(checkpoint))
            if progress is not None:
                progress(epoch)

    def _finished(self) -> bool:
        done = len(self.history)
        if done == 0:
            return False
        best = int(np.argmin([epoch.held_out_loss for epoch in self.history])) + 1
        return done >= self.settings.n_epochs or done - best >= self.settings.patience

    def _generator(self, number: int) -> np.random.Generator:
        """Random numbers of an epoch: they need no state to be kept for a resumption."""
        rng = np.random.default_rng([*self.seed, number])
        torch.manual_seed(int(rng.integers(2**31)))
        return rng

    def _tensors(self, q2, x):
        return [torch.as_tensor(part, device=self._device) for part in self._network.prepare(q2, x)]

    def _varied(self, rows, rng):
        lists, lattice = self.training_set, LATTICES[self.training_set.symbol]
        q2, x = strain_lists(lattice, lists.q2[rows], lists.hkl[rows], lists.x[rows], rng)
        return self._tensors(thin_lists(q2, rng), x)

    def _train_epoch(self, number: int) -> float:
        rng = self._generator(number)
        self._network.start_epoch(number - 1)
        batches = rng.permutation(len(self.training_set))[: self._n_batches * self._batch_size]
        batches = batches.reshape(self._n_batches, self._batch_size)
        total = 0.0
        for first in range(0, self._n_batches, _BATCHES_AT_A_TIME):
            some = batches[first : first + _BATCHES_AT_A_TIME]
            inputs, targets = self._varied(some.ravel(), rng)
            for i in range(len(some)):
                batch = slice(i * self._batch_size, (i + 1) * self._batch_size)
                self._network.module.zero_grad(set_to_none=True)
                loss = self._network.loss(inputs[batch], targets[batch])
                self._check(loss.item(), f"epoch {number}, batch {first + i + 1}")
                loss.backward()
                self._network.step()
                total += loss.item()
        return total / self._n_batches

    def _judge(self, number: int) -> float:
        self._network.module.eval()
        with torch.no_grad():
            inputs, targets = (part.split(self.settings.batch_size) for part in self._held_out)
            pairs = zip(inputs, targets, strict=True)
            total = sum(self._network.held_out_loss(*pair).item() * len(pair[0]) for pair in pairs)
        loss = total / len(self._held_out[0])
        self._check(loss, f"epoch {number}, held-out lists")
        return loss

    def _check(self, loss: float, where: str) -> None:
        if not math.isfinite(loss):
            raise InputError(
                f"{self.training_set.symbol}, {self.settings.kind} network of {self.name}: the loss is {loss} in "
                f"{where}; check the training data or lower the learning rate."
            )

    def _save(self, path: Path) -> None:
        parts = {"module": self._network.module, **self._network.stateful}
        state = {name: part.state_dict() for name, part in parts.items()}
        state["best"] = {name: torch.from_numpy(value) for name, value in self.best.items()}
        state["losses"] = [(epoch.loss, epoch.held_out_loss) for epoch in self.history]
        state["fingerprint"] = self._fingerprint
        with whole_file(path, "choose another folder for checkpoints") as temporary:
            torch.save(state, temporary)

    def _load(self, path: Path) -> None:
        try:
            state = torch.load(path, map_location=self._device, weights_only=True)
            fingerprint = state["fingerprint"]
        except (OSError, RuntimeError, EOFError, KeyError, TypeError, ValueError, pickle.UnpicklingError) as error:
            raise InputError(f"{path}: not a checkpoint that can be read; remove it to train anew.") from error
        if fingerprint != self._fingerprint:
            raise InputError(f"{path}: checkpoint of other data, settings or seed; remove it to train anew.")
        for name, part in {"module": self._network.module, **self._network.stateful}.items():
            part.load_state_dict(state[name])
        self.best = {name: value.cpu().numpy() for name, value in state["best"].items()}
        n = self.settings.n_epochs
        self.history = [Epoch(self.name, i, n, *losses) for i, losses in enumerate(state["losses"], 1)]


def torch_device(name: str) -> torch.device:
    """Device of a name: ``auto``, ``cpu`` or ``cuda``; InputError where torch finds no GPU for the last."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("network.device=cuda: torch finds no GPU; choose auto or cpu.")
    return torch.device(name)


def _fingerprint(training_set, held_out, settings, seed) -> str:
    digest = hashlib.sha256(repr((training_set.symbol, settings, seed)).encode())
    for part in (training_set, held_out):
        for array in (part.q2, part.hkl, part.x):
            digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()
