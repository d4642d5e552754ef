"""Ctrl-C and SIGTERM as a question that is answered between units of work."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stop_signals_to(handler: Callable | signal.Handlers) -> Iterator[None]:
    """Ctrl-C and the SIGTERM of a batch queue go to a handler while this is entered.

    Outside the main thread, where signals cannot be caught, nothing is changed.

    Parameters
    ----------
    handler : callable or signal.Handlers
        As `signal.signal` takes it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


class Interruption:
    """Turns Ctrl-C, and the SIGTERM of a batch queue, into a flag while it is entered; a context manager.

    An exception would end a compiled function in the middle and lose what the other processes found. Outside the
    main thread, where signals cannot be caught, the flag is never set.

    Attributes
    ----------
    asked : bool
    """

    def __init__(self):
        self.asked = False
        self._heard = stop_signals_to(self._ask)

    def __enter__(self) -> Interruption:
        self._heard.__enter__()
        return self

    def __exit__(self, *error):
        self._heard.__exit__(*error)

    def _ask(self, *_):
        self.asked = True
