"""Tasks spread over workers, the dearest first; a task whose worker died is tried once more."""

from __future__ import annotations

import heapq
import os
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mlindex_plugin.algorithms.parallel.pool import InProcess, Lost, Outcome, Pool, WorkerLostError
from mlindex_plugin.algorithms.parallel.processes import Processes

_ATTEMPTS = 2
_KILLED = "A worker process was killed, probably for want of memory: try again with a smaller mp.nproc."


@dataclass(order=True)
class _Task:
    """A task and its place in the queue: by priority, then in the order of submission."""

    priority: tuple
    number: int
    key: Hashable = field(compare=False)
    function: Callable = field(compare=False)
    arguments: tuple = field(compare=False)
    attempts: int = field(default=0, compare=False)


class Workers:
    """Runs functions, in this process or in others; a context manager.

    What is computed depends on the tasks alone, never on the workers. A task whose worker dies (killed, out of memory,
    its node lost) is done once more by another; the second time it is given up with a `WorkerLostError`.

    Parameters
    ----------
    n_processes : int
        1 runs everything in this process. Not used where `pool` is given.
    spawn : bool
        Start processes anew: torch and others whose threads do not survive a fork need it.
    pool : Pool or None
        Workers of another kind, as `workers_for` makes them.
    """

    def __init__(self, n_processes: int = 1, spawn: bool = False, pool: Pool | None = None):
        self._pool = pool or (Processes(n_processes, spawn) if n_processes > 1 else InProcess())
        self._free: list[int] = []
        self._waiting: list[_Task] = []
        self._running: dict[int, _Task] = {}
        self._count = 0

    def __enter__(self) -> Workers:
        self._free = self._pool.start()
        return self

    def __exit__(self, *_):
        self._pool.stop()

    @property
    def size(self) -> int:
        """Number of workers."""
        return self._pool.size

    @property
    def n_waiting(self) -> int:
        """Number of tasks that no worker has taken."""
        return len(self._waiting)

    def submit(self, key: Hashable, function: Callable, *arguments, priority: tuple = ()) -> None:
        """Queue a task; `completed` gives its outcome.

        Parameters
        ----------
        key : hashable
            Comes back with the outcome.
        function : callable
            Of a module, so that it can be sent to another process.
        *arguments
        priority : tuple
            The smallest is begun first; equal ones in the order of submission. All tasks' must be comparable.
        """
        self._count += 1
        heapq.heappush(self._waiting, _Task(priority, self._count, key, function, arguments))

    def cancel(self, unwanted: Callable[[Any], bool] = lambda key: True) -> None:
        """Forget the tasks of these keys: those not begun are not done, and no outcome comes from the others."""
        self._waiting = [task for task in self._waiting if not unwanted(task.key)]
        heapq.heapify(self._waiting)
        for task in self._running.values():
            if task.key is not None and unwanted(task.key):
                task.key = None

    def completed(self) -> Iterator[tuple[Any, Outcome]]:
        """Yield (key, outcome) of tasks as they are done, until there are none; more may be submitted meanwhile."""
        ready: deque = deque()
        while True:
            self._hand_out()
            while not ready and self._running:
                ready.extend(self._take(self._pool.wait()))
                self._hand_out()
            if not ready:
                if not self._waiting:
                    return
                ready.extend(self._take(self._pool.wait()))  # nobody is free yet
                continue
            yield ready.popleft()

    def outcomes(self, function: Callable, tasks: list, *arguments, cost: Callable | None = None) -> Iterator:
        """Yield (task, outcome) for each task as it is done.

        Parameters
        ----------
        function : callable
            Called as ``function(task, *arguments)``; of a module, so that it can be sent to another process.
        tasks : list
        *arguments
            The same for every task.
        cost : callable or None
            ``cost(task)``: where several workers share the tasks, the dearest are begun first.
        """
        for number, task in enumerate(tasks):
            priority = (-cost(task),) if cost is not None and self.size > 1 else (0,)
            self.submit((number,), function, task, *arguments, priority=priority)
        try:
            for (number,), outcome in self.completed():
                yield tasks[number], outcome
        finally:
            self.cancel()

    def run(self, function: Callable, tasks: list, *arguments) -> Iterator:
        """As `outcomes`, but yields (task, value) and raises the first error."""
        for task, outcome in self.outcomes(function, tasks, *arguments):
            yield task, outcome.get()

    def _hand_out(self) -> None:
        while self._free and self._waiting:
            worker, task = self._free.pop(), heapq.heappop(self._waiting)
            self._running[worker] = task
            self._pool.send(worker, task.function, task.arguments)

    def _take(self, replies) -> list[tuple[Any, Outcome]]:
        """Outcomes that are wanted, of what a pool's `wait` returned."""
        done = []
        for worker, reply in replies:
            task = self._running.pop(worker, None)
            if reply is Lost and task is not None:
                task.attempts += 1
                if task.attempts < _ATTEMPTS and task.key is not None:
                    heapq.heappush(self._waiting, task)
                    continue
                reply = Outcome(error=WorkerLostError(_KILLED))
            elif reply is not Lost:
                self._free.append(worker)
            if isinstance(reply, Outcome) and task.key is not None:
                done.append((task.key, reply))
        return done


def available_processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
