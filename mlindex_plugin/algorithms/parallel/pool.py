"""What a backend offers to `Workers`: places where one task at a time is done."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from mlindex_plugin.errors import InputError


class WorkerLostError(InputError):
    """A worker died twice on the same task."""


@dataclass(frozen=True)
class Outcome:
    """How a task ended.

    Attributes
    ----------
    value : object
        What the function returned.
    error : Exception or None
        What it raised; a `WorkerLostError` where the process died, and the one that tried again too.
    """

    value: Any = None
    error: Exception | None = None

    def get(self) -> Any:
        """The value; raises the error."""
        if self.error is not None:
            raise self.error
        return self.value


class Free:
    """Reply of a worker that can take a task, though it has done none."""


class Lost:
    """Reply in the place of a worker that died."""


class Pool(Protocol):
    """Workers of one kind, numbered; each does one task at a time."""

    size: int

    def start(self) -> list[int]:
        """Begin; the workers that are free at once. Others report `Free` through `wait`."""

    def send(self, worker: int, function: Callable, arguments: tuple) -> None:
        """Give a free worker a task."""

    def wait(self) -> list[tuple[int, Outcome | type[Free] | type[Lost]]]:
        """Block until a worker replies; `Lost` leaves the worker unusable until it reports `Free`."""

    def stop(self) -> None:
        """End all workers, each after the task that it is at."""


class InProcess:
    """One worker: this process."""

    size = 1

    def __init__(self):
        self._task = None

    def start(self) -> list[int]:
        return [0]

    def send(self, worker: int, function: Callable, arguments: tuple) -> None:
        self._task = function, arguments

    def wait(self) -> list[tuple[int, Outcome]]:
        function, arguments = self._task
        try:
            return [(0, Outcome(function(*arguments)))]
        except Exception as error:
            return [(0, Outcome(error=error))]

    def stop(self) -> None:
        pass


def outcome_to_send(function: Callable, arguments: tuple) -> Outcome:
    """Do a task in a worker; what failed is told with where it did, because tracebacks stay behind."""
    try:
        return Outcome(function(*arguments))
    except InputError as error:
        return Outcome(error=type(error)(*error.args))
    except Exception as error:
        error.__cause__ = error.__context__ = None
        return Outcome(error=_with_place(error))


def outcome_of_one_thread(function: Callable, arguments: tuple) -> Outcome:
    """`outcome_to_send` with one thread, which forked processes have anyway: sums of several change."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return outcome_to_send(function, arguments)


def _with_place(error: Exception) -> Exception:
    place = "".join(traceback.format_exception(error))
    try:
        told = type(error)(*error.args)
    except Exception:  # made from other arguments than it keeps
        return RuntimeError(place)
    told.worker_traceback = place
    return told
