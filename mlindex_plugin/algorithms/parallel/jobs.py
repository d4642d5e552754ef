"""Workers that are jobs of a queue: Slurm, Grid Engine, LSF or PBS, through dask-jobqueue."""

from __future__ import annotations

import logging
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from mlindex_plugin.algorithms.parallel.pool import Outcome, WorkerLostError, outcome_of_one_thread
from mlindex_plugin.errors import InputError

CLUSTERS = {"slurm": "SLURMCluster", "sge": "SGECluster", "lsf": "LSFCluster", "pbs": "PBSCluster"}
_MEMORY = 2000  # MB of a job where the user gives none


class Jobs:
    """A pool of jobs with one process each; the queue begins them when it can.

    Parameters
    ----------
    mp : libtbx.phil.scope_extract
        ``method``, ``nproc`` (number of jobs), ``queue``, ``wall_time``, ``memory``, ``extra_options``, ``env_script``.

    Raises
    ------
    InputError
        Without dask-jobqueue, or where ``nproc`` is not a number.
    """

    def __init__(self, mp):
        _need_dask(mp.method)
        if not isinstance(mp.nproc, int):
            raise InputError(f"mp.method={mp.method} needs mp.nproc, the number of jobs.")
        self.size = mp.nproc
        self._mp = mp
        self._cluster = self._client = None
        self._running: dict = {}

    def start(self) -> list[int]:
        import dask
        import dask_jobqueue
        from distributed import Client

        for name in (
            "distributed",
            "asyncio",
            "tornado.application",
        ):  # what they tell is said here
            logging.getLogger(name).setLevel(logging.CRITICAL)
        # a task is tried once more when its worker dies
        dask.config.set({"distributed.scheduler.allowed-failures": 1})
        make = getattr(dask_jobqueue, CLUSTERS[self._mp.method])
        try:
            with _interruptible():
                self._cluster = make(n_workers=0, **_job(self._mp))
                self._client = Client(self._cluster)
                self._cluster.sync(_submit, self._cluster, self.size)
                self._client.wait_for_workers(1)
        except (RuntimeError, OSError) as error:
            self.stop()
            raise InputError(f"mp.method={self._mp.method}: the queue refuses ({_one_line(error)}).") from error
        except BaseException:
            self.stop()
            raise
        return list(range(self.size))

    def send(self, worker: int, function: Callable, arguments: tuple) -> None:
        self._running[self._client.submit(outcome_of_one_thread, function, arguments, pure=False)] = worker

    def wait(self) -> list[tuple[int, Outcome]]:
        from distributed import KilledWorker, wait

        replies = []
        for future in wait(list(self._running), return_when="FIRST_COMPLETED").done:
            worker = self._running.pop(future)
            try:
                replies.append((worker, future.result()))
            except KilledWorker:
                replies.append((worker, Outcome(error=WorkerLostError(f"Two jobs of {self._mp.method} died on it."))))
        return replies

    def stop(self) -> None:
        for one in (self._client, self._cluster):
            if one is not None:
                with suppress(AssertionError):  # of jobs that were never submitted, where the queue refused
                    one.close()


async def _submit(cluster, n_jobs: int) -> None:
    """Submit the jobs; `scale` alone would only log that the queue refuses, and the wait for a job would not end."""
    cluster.scale(jobs=n_jobs)
    await cluster._correct_state()


def _need_dask(method: str) -> None:
    try:
        import dask_jobqueue  # noqa: F401
    except ImportError:
        raise InputError(
            f"mp.method={method} needs dask-jobqueue, which is not installed here; use pip install dask-jobqueue."
        ) from None


def _job(mp) -> dict:
    """The arguments of a dask-jobqueue cluster."""
    prologue = [f"source {shlex.quote(script)}" for script in mp.env_script if script]
    if "PYTHONPATH" in os.environ:  # not every queue hands the environment on
        prologue.append(f"export PYTHONPATH={shlex.quote(os.environ['PYTHONPATH'])}")
    job = {
        "cores": 1,
        "processes": 1,
        "memory": f"{mp.memory or _MEMORY}MB",
        "queue": mp.queue,
        "job_extra_directives": [option for option in mp.extra_options if option],
        "job_script_prologue": prologue,
        "python": sys.executable,
    }
    if mp.wall_time is not None:
        job["walltime"] = f"{mp.wall_time // 60:02d}:{mp.wall_time % 60:02d}" + ("" if mp.method == "lsf" else ":00")
    return job


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the wait for the first job: nothing would be lost."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = signal.SIGINT, signal.SIGTERM
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _one_line(error: Exception) -> str:
    """The end of an error's text, where the queue's own words are."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
