"""What training says on its way, from this process or another, and the question whether to stop."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from logging.handlers import QueueHandler
from multiprocessing import get_context
from multiprocessing.managers import SyncManager
from queue import Empty

from mlindex_plugin.algorithms.parallel import settle

_PACKAGE = "mlindex_plugin"
_PATIENCE = 0.2  # s between looks at the interruption


class Stopped(Exception):
    """Ctrl-C has asked the training to stop; what is done is kept."""


class Here:
    """Messages of a training in this process.

    Parameters
    ----------
    show : callable
        Called as ``show(symbol, stage, fraction)``.
    interruption : Interruption
    """

    def __init__(self, show: Callable[[str, str, float], None], interruption):
        self._show = show
        self._interruption = interruption

    def tell(self, symbol: str, stage: str, fraction: float) -> None:
        """Show how far a stage is; raises `Stopped` if that is asked."""
        self._show(symbol, stage, fraction)
        if self._interruption.asked:
            raise Stopped

    def stop(self) -> None:
        """Nothing runs beside this process."""

    def logging(self):
        """Log messages need no help in this process."""
        return nullcontext()


class Elsewhere:
    """Messages of a training in another process; sent to it as an argument.

    Parameters
    ----------
    queue, stop
        Proxies of a queue and an event.
    level : int
        Of the log messages wanted.
    """

    def __init__(self, queue, stop, level: int):
        self._queue = queue
        self._stop = stop
        self._level = level

    def tell(self, symbol: str, stage: str, fraction: float) -> None:
        """As of `Here`."""
        self._queue.put((symbol, stage, fraction))
        if self._stop.is_set():
            raise Stopped

    def stop(self) -> None:
        """Ask every process to stop."""
        self._stop.set()

    @contextmanager
    def logging(self):
        """Send the package's log messages to the process that listens."""
        logger, handler = logging.getLogger(_PACKAGE), QueueHandler(self._queue)
        logger.addHandler(handler)
        logger.setLevel(self._level)
        try:
            yield
        finally:
            logger.removeHandler(handler)


@contextmanager
def listening(show: Callable[[str, str, float], None], interruption):
    """Listen to trainings in other processes; gives the `Elsewhere` to send to them.

    They are asked to stop when `interruption` is asked.
    """
    manager = SyncManager(ctx=get_context("spawn"))
    manager.start(settle, (os.getpid(),))
    with manager:
        queue, stop, done = manager.Queue(), manager.Event(), threading.Event()

        def listen():
            while True:
                if interruption.asked:
                    stop.set()
                try:
                    _pass_on(queue.get(timeout=_PATIENCE), show)
                except Empty:
                    if done.is_set():
                        return

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        try:
            yield Elsewhere(queue, stop, logging.getLogger(_PACKAGE).getEffectiveLevel())
        finally:
            done.set()
            listener.join()


def _pass_on(message, show):
    if isinstance(message, logging.LogRecord):
        logging.getLogger(message.name).handle(message)
    else:
        show(*message)
