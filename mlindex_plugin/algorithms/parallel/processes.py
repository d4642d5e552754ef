"""Workers that are processes of this machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing import connection, get_all_start_methods, get_context

from mlindex_plugin.algorithms.parallel.pool import Free, Lost, Outcome, outcome_to_send


class Processes:
    """A pool of processes, each begun with its first task and replaced when it dies.

    Each has a pipe of its own, so that it is known which task a killed process had.

    Parameters
    ----------
    size : int
    spawn : bool
        Start processes anew instead of forking this one.
    """

    def __init__(self, size: int, spawn: bool = False):
        self.size = size
        # forked where that exists, so that compiled functions and lattice tables are there already
        fork = "fork" in get_all_start_methods() and not spawn
        self._context = get_context("fork" if fork else "spawn")
        self._processes: dict[int, tuple] = {}

    def start(self) -> list[int]:
        return list(range(self.size))

    def send(self, worker: int, function: Callable, arguments: tuple) -> None:
        if worker not in self._processes:
            self._processes[worker] = self._begin()
        _, pipe = self._processes[worker]
        try:
            pipe.send((function, arguments))
        except BrokenPipeError:
            pass  # died since its last task: wait reports it

    def wait(self) -> list[tuple[int, Outcome | type[Free] | type[Lost]]]:
        pipes = {pipe: worker for worker, (_, pipe) in self._processes.items()}
        replies = []
        for pipe in connection.wait(list(pipes)):
            worker = pipes[pipe]
            try:
                replies.append((worker, pipe.recv()))
            except (EOFError, OSError):
                process, _ = self._processes.pop(worker)
                process.join()
                pipe.close()
                replies += [(worker, Lost), (worker, Free)]
        return replies

    def stop(self) -> None:
        for _, pipe in self._processes.values():
            try:
                pipe.send(None)
            except BrokenPipeError:
                pass
        for process, pipe in self._processes.values():
            while process.is_alive():
                if pipe.poll(0.05):  # a large reply that nobody wants must not keep its sender
                    _drop(pipe)
            process.join()
            pipe.close()
        self._processes.clear()

    def _begin(self) -> tuple:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs, os.getpid()), daemon=False)
        process.start()
        theirs.close()  # so that the death of the process closes the pipe
        return process, ours


def _drop(pipe) -> None:
    try:
        pipe.recv_bytes()
    except (EOFError, OSError):
        time.sleep(0.01)


def _work(pipe, parent: int) -> None:
    """Do tasks until told to stop."""
    settle(parent)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        if task is None:
            return
        pipe.send(outcome_to_send(*task))


def settle(parent: int) -> None:
    """Leave signals to the parent, who writes the best so far; end when the parent is gone, by kill -9 too."""
    leave_signals_to_the_first()
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def leave_signals_to_the_first() -> None:
    """Ignore Ctrl-C and SIGTERM, which reach whole groups: the first process asks for the best so far."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
