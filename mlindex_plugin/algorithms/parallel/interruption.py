"""Ctrl-C as a question that is answered between units of work."""

from __future__ import annotations

import signal
import threading


class Interruption:
    """Turns Ctrl-C into a flag while it is entered; a context manager.

    An exception would end a compiled function in the middle and lose what the other processes found. Outside the
    main thread, where signals cannot be caught, the flag is never set.

    Attributes
    ----------
    asked : bool
    """

    def __init__(self):
        self.asked = False
        self._before = None

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_):
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, *_):
        self.asked = True
