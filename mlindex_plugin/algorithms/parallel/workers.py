"""Processes that run units of work."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_all_start_methods, get_context

from mlindex_plugin.errors import InputError


class Workers:
    """Runs a function over tasks, in this process or in several; a context manager.

    Results come in the order of completion. What is computed depends on the tasks alone, never on their number of
    processes.

    Parameters
    ----------
    n_processes : int
        1 runs everything in this process.
    spawn : bool
        Start processes anew: torch and others whose threads do not survive a fork need it.
    """

    def __init__(self, n_processes: int, spawn: bool = False):
        self._n_processes = n_processes
        self._spawn = spawn
        self._executor = None

    def __enter__(self) -> Workers:
        if self._n_processes > 1:
            # forked where that exists, so that compiled functions and lattice tables are there already
            fork = "fork" in get_all_start_methods() and not self._spawn
            context = get_context("fork" if fork else "spawn")
            self._executor = ProcessPoolExecutor(
                self._n_processes, context, initializer=settle, initargs=(os.getpid(),)
            )
        return self

    def __exit__(self, *_):
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def run(self, function: Callable, tasks: list, *arguments) -> Iterator:
        """Yield (task, function(task, *arguments)) for each task as it is done.

        Parameters
        ----------
        function : callable
            Of a module, so that it can be sent to another process.
        tasks : list
        *arguments
            The same for every task.
        """
        if self._executor is None:
            for task in tasks:
                yield task, function(task, *arguments)
            return
        futures = {self._executor.submit(function, task, *arguments): task for task in tasks}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool:
            raise InputError(
                "A worker process was killed, probably for want of memory: try again with a smaller mp.nproc."
            ) from None
        finally:
            for future in futures:
                future.cancel()


def settle(parent: int) -> None:
    """Leave Ctrl-C to the parent, who writes the best so far; end when the parent is gone, by kill -9 too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def available_processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
