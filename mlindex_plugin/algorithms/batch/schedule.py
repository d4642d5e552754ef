"""The patterns of a batch, several at a time, so that no worker waits while there is work."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mlindex_plugin.algorithms.batch.patterns import Pattern
from mlindex_plugin.algorithms.batch.row import FAILED, INTERRUPTED, Row
from mlindex_plugin.algorithms.batch.steps import Task, advance, begin, finish, timed, timed_unit
from mlindex_plugin.algorithms.parallel import Interruption, Outcome, WorkerLostError, Workers
from mlindex_plugin.algorithms.search.cost import unit_cost
from mlindex_plugin.errors import InputError

logger = logging.getLogger(__name__)

_FIRST = -math.inf  # priority of the steps that make new units, or end a pattern


@dataclass
class _Open:
    """A pattern that has been begun.

    `step` counts what was asked of the workers, so that outcomes that came too late are told; `seconds` is the time
    that workers have spent on it.
    """

    pattern: Pattern
    task: Task | None = None
    step: int = 0
    doing: str = "begin"
    results: dict[int, object] = field(default_factory=dict)
    n_lost: int = 0
    seconds: float = 0.0


class _Batch:
    """State of a batch: patterns to come, patterns begun, rows."""

    def __init__(self, patterns, directory: Path, diff: str, time_limit: float, workers: Workers, tell):
        self._to_come = list(reversed(patterns))
        self._directory, self._diff, self._limit = str(directory), diff, time_limit
        self._workers = workers
        self._tell = tell
        self._open: dict[int, _Open] = {}
        self._stopped: str | None = None
        self._n_closed = 0
        self.rows: dict[int, Row] = {}

    def begin_more(self) -> None:
        """Begin patterns until there is a task waiting for every worker: later ones yield to those begun."""
        while self._to_come and self._workers.n_waiting < max(1, self._workers.size):
            pattern = self._to_come.pop()
            self._open[pattern.number] = _Open(pattern)
            self._ask(self._open[pattern.number], "begin", begin, pattern, self._directory, self._diff)

    def take(self, key: tuple, outcome: Outcome) -> None:
        """Take the outcome of a task and ask for what follows from it."""
        number, step, unit = key
        one = self._open.get(number)
        if one is None or step != one.step:
            return
        if outcome.error is not None and not self._bear(one, outcome.error):
            return
        value, seconds = outcome.value or (None, 0.0)  # None for a unit that was lost
        one.seconds += seconds
        if one.doing == "begin":
            self._begun(one, value)
        elif one.doing == "units":
            self._unit_done(one, unit, value)
        elif one.doing == "advance":
            one.task.rounds = value
            self._go_on(one)
        else:
            self._close(one, value)

    def cut_late(self, number: int) -> None:
        """End the search of a pattern if its time is over."""
        one = self._open.get(number)
        if one is not None and one.doing == "units" and one.seconds > self._limit:
            self._cut(one, "time_limit")

    def interrupt(self) -> None:
        """End all searches with the best so far; patterns not begun stay so."""
        self._stopped = "interrupted"
        for pattern in self._to_come:
            self.rows[pattern.number] = Row(pattern.name, pattern.file, INTERRUPTED)
        self._to_come = []
        for one in list(self._open.values()):
            if one.doing == "units":
                self._cut(one, "interrupted")

    def _begun(self, one: _Open, value: Task | Row) -> None:
        if isinstance(value, Row):
            self._close(one, value)
        elif self._stopped:
            self._close(one, Row(one.pattern.name, one.pattern.file, INTERRUPTED))
        else:
            one.task = value
            self._go_on(one)

    def _go_on(self, one: _Open) -> None:
        """The next round of a pattern, or its end."""
        rounds = one.task.rounds
        one.results, one.n_lost = {}, 0
        if not rounds.units:
            self._finish(one)
            return
        self._next_step(one, "units")
        for i, unit in enumerate(rounds.units):
            self._submit(one, i, -unit_cost(unit), timed_unit, unit, rounds.observed)
        if self._stopped:
            self._cut(one, self._stopped)

    def _unit_done(self, one: _Open, i: int, result) -> None:
        one.results[i] = result
        if len(one.results) == len(one.task.rounds.units):
            seconds_left = self._limit - one.seconds
            self._ask(one, "advance", advance, one.task.rounds, self._results(one), one.n_lost, seconds_left)

    def _cut(self, one: _Open, reason: str) -> None:
        self._workers.cancel(lambda key: key[0] == one.pattern.number)
        one.task.rounds.stopped = reason
        one.task.rounds.lost(one.n_lost)
        self._finish(one)

    def _finish(self, one: _Open) -> None:
        self._ask(one, "finish", finish, one.task, self._results(one), one.seconds)

    def _results(self, one: _Open) -> list:
        return [one.results.get(i) for i in range(len(one.task.rounds.units))]

    def _bear(self, one: _Open, error: Exception) -> bool:
        """What an error means: a unit that goes missing (True), a failed pattern, or the end of the batch."""
        if one.doing == "units" and isinstance(error, WorkerLostError) and one.n_lost + 1 < len(one.task.rounds.units):
            one.n_lost += 1
            return True
        if one.doing == "finish" and isinstance(error, InputError) and not isinstance(error, WorkerLostError):
            raise error  # nothing can be written: the others would fail too, after their search
        self._workers.cancel(lambda key: key[0] == one.pattern.number)
        reason = str(error) if isinstance(error, InputError) else f"internal error: {type(error).__name__}: {error}"
        logger.debug("%s: %s", one.pattern.file, getattr(error, "worker_traceback", reason), exc_info=error)
        self._close(one, Row(one.pattern.name, one.pattern.file, FAILED, reason))
        return False

    def _close(self, one: _Open, row: Row) -> None:
        del self._open[one.pattern.number]
        self.rows[one.pattern.number] = row
        self._n_closed += 1
        self._tell(self._n_closed, row, one.task is not None)

    def _ask(self, one: _Open, doing: str, function: Callable, *arguments) -> None:
        self._next_step(one, doing)
        self._submit(one, None, _FIRST, timed, function, *arguments)

    def _submit(self, one: _Open, unit: int | None, priority: float, function: Callable, *arguments) -> None:
        key = (one.pattern.number, one.step, unit)
        self._workers.submit(key, function, *arguments, priority=(one.pattern.number, priority))

    def _next_step(self, one: _Open, doing: str) -> None:
        one.step += 1
        one.doing = doing


def run_batch(
    patterns: list[Pattern],
    directory: Path,
    diff: str,
    time_limit: float | None,
    workers: Workers,
    interruption: Interruption,
    tell: Callable[[int, Row, bool], None],
) -> list[Row]:
    """Search every pattern of a batch; the answers are those of each alone.

    A pattern that an earlier run has finished, from the same content with the same parameters, is not done again.

    Parameters
    ----------
    patterns : list of Pattern
    directory : Path
        Existing folder; each pattern's results go into a folder of its name below it.
    diff : str
        PHIL text of the parameters that differ from their defaults.
    time_limit : float or None
        Seconds of work for each pattern, all workers together.
    workers : Workers
    interruption : Interruption
        Asked between units of work; ends the batch with the best so far.
    tell : callable
        ``tell(n_done, row, searched)`` when a pattern is done; `searched` is False where nothing was searched.

    Returns
    -------
    list of Row
        In the order of the patterns.

    Raises
    ------
    InputError
        If results cannot be written (a full disk, say).
    """
    from threadpoolctl import threadpool_limits

    batch = _Batch(patterns, directory, diff, math.inf if time_limit is None else time_limit, workers, tell)
    batch.begin_more()
    interrupted = False
    with threadpool_limits(1):  # as in a search of one pattern
        for key, outcome in workers.completed():
            batch.take(key, outcome)
            if interruption.asked and not interrupted:
                interrupted = True
                batch.interrupt()
            batch.cut_late(key[0])
            batch.begin_more()
    return [batch.rows[pattern.number] for pattern in patterns]
