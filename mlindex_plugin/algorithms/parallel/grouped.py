"""Workers that get tasks of one kind in groups, each of which is done at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from mlindex_plugin.algorithms.parallel.pool import Outcome, Pool, WorkerLostError
from mlindex_plugin.algorithms.parallel.workers import Workers
from mlindex_plugin.errors import InputError


@dataclass(frozen=True)
class Grouping:
    """How tasks are grouped.

    Attributes
    ----------
    one : callable
        Does a task. Its tasks are grouped, no others.
    many : callable
        Does a group: ``many(list of arguments)`` returns a list of what `one` returns; of a module.
    smallest, largest : int
        Tasks of a group; a group is smaller than the first only where there are no more.
    """

    one: Callable
    many: Callable
    smallest: int
    largest: int


@dataclass(frozen=True)
class _Member:
    key: Hashable
    arguments: tuple
    priority: tuple


class _Group:
    """The key of a group."""

    def __init__(self, members: list[_Member]):
        self.members = members


class GroupedWorkers(Workers):
    """Workers that gather the tasks of one function while there are others to do, and do them in groups.

    A group that fails is done again task by task, so that only the task that is to blame fails; an `InputError` is
    that of all.

    Parameters
    ----------
    pool : Pool
    grouping : Grouping
    """

    def __init__(self, pool: Pool, grouping: Grouping):
        super().__init__(pool=pool)
        self._grouping = grouping
        self._gathered: list[_Member] = []
        self._undelivered = 0  # outcomes; more tasks may follow from them

    @property
    def n_waiting(self) -> int:
        """Number of tasks that no worker has taken; gathered ones count once there are enough for all workers."""
        enough = len(self._gathered) >= self._grouping.largest * self.size
        return len(self._waiting) + (len(self._gathered) if enough else 0)

    def submit(self, key: Hashable, function: Callable, *arguments, priority: tuple = ()) -> None:
        if function is self._grouping.one:
            self._gathered.append(_Member(key, arguments, priority))
        else:
            super().submit(key, function, *arguments, priority=priority)

    def cancel(self, unwanted: Callable[[Any], bool] = lambda key: True) -> None:
        self._gathered = [member for member in self._gathered if not unwanted(member.key)]
        for task in (*self._waiting, *self._running.values()):
            if isinstance(task.key, _Group):
                task.key.members = [
                    member if member is None or not unwanted(member.key) else None for member in task.key.members
                ]
        super().cancel(lambda key: not isinstance(key, _Group) and unwanted(key))

    def completed(self) -> Iterator[tuple[Any, Outcome]]:
        self._undelivered = 0
        for key, outcome in super().completed():
            self._undelivered -= 1
            yield key, outcome

    def _hand_out(self) -> None:
        super()._hand_out()
        nothing_else = not self._waiting and not self._undelivered
        if self._gathered and nothing_else and (self._free or not self._running):
            self._make_groups(max(1, len(self._free)))
            super()._hand_out()

    def _make_groups(self, n: int) -> None:
        """Queue up to n groups of the gathered tasks, the first first."""
        self._gathered.sort(key=lambda member: member.priority)
        share = math.ceil(len(self._gathered) / self.size)
        size = min(max(share, self._grouping.smallest), self._grouping.largest)
        for _ in range(n):
            members, self._gathered = self._gathered[:size], self._gathered[size:]
            if members:
                arguments = [member.arguments for member in members]
                super().submit(_Group(members), self._grouping.many, arguments, priority=members[0].priority)

    def _take(self, replies) -> list[tuple[Any, Outcome]]:
        done = []
        for key, outcome in super()._take(replies):
            if isinstance(key, _Group):
                done += self._members_done(key, outcome)
            else:
                done.append((key, outcome))
        self._undelivered += len(done)
        return done

    def _members_done(self, group: _Group, outcome: Outcome) -> list[tuple[Any, Outcome]]:
        members = group.members
        if outcome.error is None:
            outcomes = map(Outcome, outcome.value)
            return [(member.key, one) for member, one in zip(members, outcomes, strict=True) if member is not None]
        members = [member for member in members if member is not None]
        if isinstance(outcome.error, InputError) and not isinstance(outcome.error, WorkerLostError):
            return [(member.key, outcome) for member in members]
        for member in members:
            super().submit(member.key, self._grouping.one, *member.arguments, priority=member.priority)
        return []
