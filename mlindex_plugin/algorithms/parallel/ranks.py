"""Workers that are MPI ranks: the first rank hands out tasks, the others do them."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import mlindex_plugin
from mlindex_plugin.algorithms.parallel.pool import Free, Outcome, outcome_of_one_thread
from mlindex_plugin.algorithms.parallel.processes import leave_signals_to_the_first
from mlindex_plugin.errors import InputError

_SHORTEST, _LONGEST = 1e-4, 1e-2  # s between two looks for a message


class Ranks:
    """A pool of the ranks 1 to n - 1, made on rank 0. A rank is free once it has reported.

    Parameters
    ----------
    world : mpi4py.MPI.Comm
    """

    def __init__(self, world):
        self._world = world
        self.size = world.Get_size() - 1

    def start(self) -> list[int]:
        return []

    def send(self, worker: int, function: Callable, arguments: tuple) -> None:
        self._world.send((function, arguments), dest=worker)

    def wait(self) -> list[tuple[int, Outcome | type[Free]]]:
        worker, reply = _receive(self._world)
        if isinstance(reply, dict):
            _check_program(worker, reply)
            reply = Free
        return [(worker, reply)]

    def stop(self) -> None:
        """Nothing: `other_ranks` dismisses them when the command ends."""


def world():
    """All ranks, as ``mpi4py.MPI.COMM_WORLD``.

    Raises
    ------
    InputError
        Without mpi4py, or where MPI does not start.
    """
    try:
        from mpi4py import MPI
    except ImportError:
        raise InputError("mp.method=mpi needs the package mpi4py, which is not installed here; install it.") from None
    except RuntimeError as error:
        raise InputError(f"mp.method=mpi: MPI cannot be started ({error}).") from error
    return MPI.COMM_WORLD


@contextmanager
def other_ranks() -> Iterator[bool]:
    """Around the whole work of a command: True on rank 0, False on the others, after they have served it.

    Whatever ends the work of rank 0, an exception too, dismisses the others.

    Raises
    ------
    InputError
        Without mpi4py.
    """
    comm = world()
    if comm.Get_rank() == 0:
        try:
            yield True
        finally:
            requests = [comm.isend(None, dest=rank) for rank in range(1, comm.Get_size())]
            _drop_replies(comm)
            for request in requests:
                request.wait()
    else:
        try:
            _serve(comm)
        except BaseException:  # rank 0 would wait for ever
            comm.Abort(1)
        yield False


def _serve(comm) -> None:
    """Do the tasks that rank 0 sends, until it sends None."""
    leave_signals_to_the_first()
    comm.send(_program(), dest=0)
    while True:
        _, task = _receive(comm)
        if task is None:
            comm.send(None, dest=0)
            return
        comm.send(outcome_of_one_thread(*task), dest=0)


def _drop_replies(comm) -> None:
    """Receive what the others still send: a rank whose message nobody takes could not leave."""
    left = set(range(1, comm.Get_size()))
    while left:
        rank, reply = _receive(comm)
        if reply is None:
            left.discard(rank)


def _receive(comm) -> tuple[int, object]:
    """The next message and its rank. MPI's own waiting would take a whole processor."""
    from mpi4py import MPI

    status, pause = MPI.Status(), _SHORTEST
    while not comm.iprobe(source=MPI.ANY_SOURCE, tag=MPI.ANY_TAG, status=status):
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST)
    return status.Get_source(), comm.recv(source=status.Get_source())


def _program() -> dict[str, str]:
    """What must be the same on all ranks for the same answer, and where this one runs."""
    import numba
    import numpy

    return {
        "mlindex_plugin": mlindex_plugin.__version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "numba": numba.__version__,
        "host": platform.node(),
    }


def _check_program(rank: int, theirs: dict[str, str]) -> None:
    ours = _program()
    for name in ours:
        if name != "host" and theirs[name] != ours[name]:
            raise InputError(
                f"MPI rank {rank} on {theirs['host']} has {name} {theirs[name]}, rank 0 on {ours['host']} has "
                f"{ours[name]}; start all ranks from one installation."
            )
