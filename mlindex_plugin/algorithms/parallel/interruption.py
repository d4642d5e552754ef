"""Ctrl-C and SIGTERM as a question that is answered between units of work."""

from __future__ import annotations

import signal
import threading


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
        self._before = {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, *_):
        self.asked = True
