"""The log of a run: on screen at once, in a file from the moment the folder for it is known to be usable."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import MemoryHandler
from pathlib import Path

from mlindex_plugin.errors import InputError

_ROOT = "mlindex_plugin"


class _Screen(logging.StreamHandler):
    """Falls silent when whoever read the output has gone, as in ``... | head``; the files are still written."""

    def handleError(self, record):
        if isinstance(sys.exc_info()[1], BrokenPipeError):
            _silence(self)
        else:
            super().handleError(record)


class _File(logging.FileHandler):
    """Falls silent when nothing can be written any more, as on a full disk; who writes the results says so."""

    def handleError(self, record):
        if isinstance(sys.exc_info()[1], OSError):
            _silence(self)
        else:
            super().handleError(record)


def _silence(handler: logging.StreamHandler) -> None:
    """Lead what a handler writes, and what its buffer still holds, nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, handler.stream.fileno())
    os.close(nowhere)


class RunLog:
    """Messages of the package's loggers; made by `run_log`."""

    def __init__(self):
        # Holds what is said before the file is open; capacity without end, so nothing is dropped.
        self._held = MemoryHandler(capacity=sys.maxsize, flushLevel=logging.CRITICAL + 1, flushOnClose=False)
        self._file: logging.FileHandler | None = None
        self.handlers: list[logging.Handler] = [_Screen(sys.stdout), self._held]

    def write_to(self, path: Path) -> None:
        """Write everything said so far, and from now on, to the file `path`."""
        try:
            self._file = _File(path, mode="w", encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"{path}: the log cannot be written ({error.strerror}); write to a folder where files can be made."
            ) from None
        self._held.setTarget(self._file)
        self._held.flush()
        self._held.setTarget(None)
        logging.getLogger(_ROOT).addHandler(self._file)
        self.handlers.append(self._file)


@contextmanager
def run_log(verbosity: int) -> Iterator[RunLog]:
    """Send the package's log messages to the screen, and to a file once `RunLog.write_to` names it.

    Parameters
    ----------
    verbosity : int
        0 for what a user wants to know, 1 or more for everything.
    """
    logger, log = logging.getLogger(_ROOT), RunLog()
    before = logger.level
    logger.setLevel(logging.DEBUG if verbosity else logging.INFO)
    for handler in log.handlers:
        logger.addHandler(handler)
    try:
        yield log
    finally:
        for handler in log.handlers:
            logger.removeHandler(handler)
            handler.close()
        logger.setLevel(before)
