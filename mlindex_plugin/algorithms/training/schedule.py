"""Training of several lattices, on several processors."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.parallel import Interruption, Workers
from mlindex_plugin.algorithms.training.enough_crystals import check_crystals
from mlindex_plugin.algorithms.training.lattice_training import STAGES, train_lattice
from mlindex_plugin.algorithms.training.messages import Here, Stopped, listening
from mlindex_plugin.algorithms.training.order import Order
from mlindex_plugin.errors import InputError
from mlindex_plugin.models.registry import MANIFEST, load_models, read_manifest, write_models

logger = logging.getLogger(__name__)

_LONGEST_FIRST = ("aP", "mP", "mC", "oP", "oC", "oI", "oF", "tP", "tI", "hP", "hR", "cP", "cI", "cF")


def train_models(
    order: Order, symbols: Sequence[str], n_processes: int, show: Callable[[str, str, float], None]
) -> bool:
    """Train the models of some lattices; those that the folder has from the same order are not trained again.

    The models of a lattice are written to the folder when they are complete. Until then the results of its stages are
    kept in ``parts``: after Ctrl-C, kill -9 or a power cut the same order goes on behind them, and ends with the same
    bytes. Each lattice is trained by one thread, so that it does not matter how many are trained at the same time.

    Parameters
    ----------
    order : Order
        Its directory exists.
    symbols : sequence of str
        Bravais lattices.
    n_processes : int
        Lattices trained at the same time.
    show : callable
        Called as ``show(symbol, stage, fraction)``, also from another thread.

    Returns
    -------
    bool
        False if Ctrl-C stopped the work before its end.

    Raises
    ------
    InputError
        If the data sets cannot be used, a file cannot be written, or a loss is not a number.
    """
    done = _already_there(order)
    wanted = [symbol for symbol in sorted(symbols, key=_LONGEST_FIRST.index) if symbol not in done]
    for symbol in sorted(set(symbols) & done, key=list(LATTICES).index):
        logger.info("%s: its models are there already", symbol)
        show(symbol, list(STAGES)[-1], 1.0)
    check_crystals([one.path for one in order.data], wanted)
    n_processes = min(n_processes, len(wanted))
    with Interruption() as interruption:
        if n_processes <= 1:
            return _train(order, wanted, 1, Here(show, interruption))
        with listening(show, interruption) as elsewhere:
            return _train(order, wanted, n_processes, elsewhere)


def _already_there(order) -> set[str]:
    if not (order.directory / MANIFEST).exists():
        return set()
    records = read_manifest(order.directory)["lattices"]
    return {symbol for symbol, record in records.items() if record.get("key") == order.key and _readable(order, symbol)}


def _readable(order, symbol) -> bool:
    try:
        load_models(symbol, order.directory)
    except InputError:
        logger.info("%s: its models cannot be read and are trained again", symbol)
        return False
    return True


def _train(order, symbols, n_processes, messages) -> bool:
    complete = True
    with Workers(n_processes, spawn=True) as workers:
        try:
            for symbol, outcome in workers.run(_one_lattice, symbols, order, messages):
                complete = complete and outcome is not None
                if outcome is not None:
                    members, record = outcome
                    path = write_models(order.directory, symbol, members, record)
                    shutil.rmtree(order.folder(symbol), ignore_errors=True)
                    logger.info("Saved %s: %.2f MB", path, path.stat().st_size / 1e6)
        except BaseException:
            messages.stop()  # the other processes, which the end of this block waits for
            raise
    with suppress(OSError):  # other lattices and other orders may have parts there
        order.parts.rmdir()
        order.parts.parent.rmdir()
    return complete


def _one_lattice(symbol, order, messages):
    """What `train_lattice` gives, or None if it was stopped; one thread whatever the machine has."""
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    with threadpool_limits(1), messages.logging():
        try:
            return train_lattice(symbol, order, lambda stage, fraction: messages.tell(symbol, stage, fraction))
        except Stopped:
            return None
