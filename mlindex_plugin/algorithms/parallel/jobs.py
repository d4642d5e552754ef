"""Workers that are jobs of a queue: Slurm, Grid Engine, LSF or PBS, through dask-jobqueue."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass

from mlindex_plugin.algorithms.parallel.interruption import stop_signals_to
from mlindex_plugin.algorithms.parallel.pool import Outcome, WorkerLostError, outcome_of_one_thread
from mlindex_plugin.algorithms.parallel.queue_list import job_number, jobs_in_queue
from mlindex_plugin.errors import InputError

logger = logging.getLogger(__name__)

CLUSTERS = {"slurm": "SLURMCluster", "sge": "SGECluster", "lsf": "LSFCluster", "pbs": "PBSCluster"}
_MEMORY = 2000  # MB of a job where the user gives none
_LOOK = 10  # s between two looks at the jobs
_LOOKS = 3  # in a row that must find a job ended: dask takes 15 s to forget a worker, whose name may come again


@dataclass
class _Task:
    """What was sent to a worker of the pool.

    `killed` is when two jobs had died on it, in s of the monotonic clock; 0 where none has.
    """

    worker: int
    function: Callable
    arguments: tuple
    killed: float = 0.0


class Jobs:
    """A pool of jobs with one process each; the queue begins them when it can.

    Jobs that have ended, by their time limit for instance, are submitted again if any work was done since the last
    time.

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
        self._held: list[_Task] = []  # until the jobs that end together have ended
        self._ended: tuple[set, int] = set(), 0  # names of jobs, and how many looks have found these
        self._looked = 0.0  # when, in s of the monotonic clock
        self._has_worked = False  # since jobs were submitted

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
                self._cluster.sync(_scale, self._cluster, self.size)
                self._wait_for_a_job()
        except (RuntimeError, OSError) as error:
            self.stop()
            raise InputError(f"mp.method={self._mp.method}: the queue refuses ({_one_line(error)}).") from error
        except BaseException:
            self.stop()
            raise
        return list(range(self.size))

    def send(self, worker: int, function: Callable, arguments: tuple) -> None:
        self._submit(_Task(worker, function, arguments))

    def wait(self) -> list[tuple[int, Outcome]]:
        from distributed import KilledWorker

        replies = []
        while not replies:
            for future in self._done():
                task = self._running.pop(future)
                try:
                    replies.append((task.worker, future.result()))
                    self._has_worked = True
                except KilledWorker:
                    if task.killed:
                        error = WorkerLostError(f"Four jobs of {self._mp.method} died on it.")
                        replies.append((task.worker, Outcome(error=error)))
                    else:
                        task.killed = time.monotonic()
                        self._held.append(task)
        return replies

    def _submit(self, task: _Task) -> None:
        self._running[self._client.submit(outcome_of_one_thread, task.function, task.arguments, pure=False)] = task

    def _submit_held(self) -> None:
        """Submit tasks again that two jobs have died on: of jobs that end together, not by what they did."""
        due = [task for task in self._held if time.monotonic() > task.killed + _LOOK]
        for task in due:
            self._held.remove(task)
            self._submit(task)

    def _wait_for_a_job(self) -> None:
        while True:
            with suppress(asyncio.TimeoutError, TimeoutError):
                return self._client.wait_for_workers(1, timeout=_LOOK)
            self._replace_ended()

    def _done(self) -> set:
        """Futures that are done, one at least. Without any job Ctrl-C ends the wait: nobody could finish anything."""
        from distributed import wait

        while True:
            self._submit_held()
            if time.monotonic() > self._looked + _LOOK:
                self._replace_ended()
            with nullcontext() if self._at_work() else _interruptible():
                if not self._running:
                    time.sleep(1)
                    continue
                with suppress(asyncio.TimeoutError, TimeoutError):
                    return wait(list(self._running), timeout=_LOOK, return_when="FIRST_COMPLETED").done

    def _at_work(self) -> set:
        """Names of the jobs that have begun."""
        return {worker["name"] for worker in self._cluster.scheduler_info["workers"].values()}

    def _replace_ended(self) -> None:
        """Submit anew what is neither in the queue nor at work.

        Raises
        ------
        InputError
            If all jobs have ended and none has done anything: neither would the next.
        """
        self._looked = time.monotonic()
        in_queue = jobs_in_queue(self._mp.method)
        ended = {name for name in self._cluster.worker_spec if not self._stands(name, in_queue)} - self._at_work()
        before, n_looks = self._ended
        self._ended = ended, n_looks + 1 if ended == before else 1
        if not ended or self._ended[1] < _LOOKS:
            return
        if self._has_worked:
            logger.info("%d of %d jobs have ended and are submitted again.", len(ended), self.size)
            self._has_worked, self._ended = False, (set(), 0)
            self._cluster.sync(_replace, self._cluster, ended, self.size)
        elif len(ended) == self.size:
            raise InputError(
                f"mp.method={self._mp.method}: all jobs ended before they did any work; they were cancelled, or cannot "
                "start (mp.env_script, mp.memory and mp.wall_time; the jobs' own output says more)."
            )

    def _stands(self, name, in_queue: set[int] | None) -> bool:
        """Whether a job is known to dask and, where the queue can be asked, to the queue."""
        job = self._cluster.workers.get(name)
        return job is not None and (in_queue is None or job_number(job.job_id) in in_queue)

    def stop(self) -> None:
        for one in (self._client, self._cluster):
            if one is not None:
                with suppress(AssertionError):  # of jobs that were never submitted, where the queue refused
                    one.close()


async def _scale(cluster, n_jobs: int) -> None:
    """Submit the jobs; `scale` alone would only log that the queue refuses, and the wait for a job would not end."""
    cluster.scale(jobs=n_jobs)
    await cluster._correct_state()


async def _replace(cluster, ended: set, n_jobs: int) -> None:
    for name in ended:
        cluster.worker_spec.pop(name, None)
    await cluster._correct_state()
    await _scale(cluster, n_jobs)


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
        "job_name": "mlindex",
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
    if mp.method == "sge" and mp.memory is not None:  # the others ask for `memory` by themselves
        job["resource_spec"] = f"mem_free={mp.memory}M"
    return job


def _interruptible() -> AbstractContextManager:
    """Let Ctrl-C and SIGTERM end a wait while there is no job: nothing that was found would be lost."""
    return stop_signals_to(signal.default_int_handler)


def _one_line(error: Exception) -> str:
    """The end of an error's text, where the queue's own words are."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
