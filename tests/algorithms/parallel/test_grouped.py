from __future__ import annotations

import os

import pytest

from mlindex_plugin import InputError
from mlindex_plugin.algorithms.parallel import GroupedWorkers, Grouping
from mlindex_plugin.algorithms.parallel.pool import InProcess
from mlindex_plugin.algorithms.parallel.processes import Processes

GROUPS: list[int] = []


def square(number):
    return number**2


def squares(tasks):
    GROUPS.append(len(tasks))
    return [square(*arguments) for arguments in tasks]


def cube(number):
    return number**3


def inverse(number):
    return 1 / number


def inverses(tasks):
    return [inverse(*arguments) for arguments in tasks]


def refuse(number):
    raise AssertionError("done alone")


def refuse_all(tasks):
    raise InputError("no GPU")


def die(tasks):
    os._exit(9)


@pytest.fixture
def one_worker():
    GROUPS.clear()
    with GroupedWorkers(InProcess(), Grouping(square, squares, 2, 6)) as workers:
        yield workers


def values(workers):
    return {key: outcome.get() for key, outcome in workers.completed()}


def test_tasks_of_one_function_are_done_in_groups_and_others_first(one_worker):
    for number in range(10):
        one_worker.submit(("square", number), square, number)
        one_worker.submit(("cube", number), cube, number)
    done = values(one_worker)
    assert list(done)[:10] == [("cube", number) for number in range(10)]
    assert done == {(f.__name__, n): f(n) for n in range(10) for f in (square, cube)}
    assert GROUPS == [6, 4]


def test_gathered_tasks_are_no_reason_to_wait_until_there_are_enough(one_worker):
    for number in range(5):
        one_worker.submit(number, square, number)
    assert one_worker.n_waiting == 0
    one_worker.submit(5, square, 5)
    assert one_worker.n_waiting == 6


def test_the_tasks_of_smallest_priority_are_in_the_first_group(one_worker):
    for number in range(8):
        one_worker.submit(number, square, number, priority=(-number,))
    assert list(values(one_worker)) == [7, 6, 5, 4, 3, 2, 1, 0]


def test_what_is_cancelled_has_no_outcome(one_worker):
    for number in range(8):
        one_worker.submit(number, square, number)
    completed = one_worker.completed()
    first, _ = next(completed)  # of a group of six
    one_worker.cancel(lambda key: key == 7)
    assert [first, *(key for key, _ in completed)] == [0, 1, 2, 3, 4, 5, 6]
    for number in range(4):
        one_worker.submit(number, square, number)
    one_worker.cancel(lambda key: key != 2)
    assert values(one_worker) == {2: 4}
    assert GROUPS[-1] == 1


def test_a_failed_group_is_done_task_by_task():
    with GroupedWorkers(InProcess(), Grouping(inverse, inverses, 2, 6)) as workers:
        for number in range(4):
            workers.submit(number, inverse, number)
        outcomes = dict(workers.completed())
    assert isinstance(outcomes[0].error, ZeroDivisionError)
    assert [outcomes[number].value for number in (1, 2, 3)] == [1, 1 / 2, 1 / 3]


def test_a_refusal_is_that_of_all():
    with GroupedWorkers(InProcess(), Grouping(refuse, refuse_all, 2, 6)) as workers:
        for number in range(3):
            workers.submit(number, refuse, number)
        outcomes = dict(workers.completed())
    assert len(outcomes) == 3
    with pytest.raises(InputError, match="^no GPU$"):
        outcomes[1].get()


@pytest.mark.parametrize("many", [squares, die])
def test_processes_share_groups_and_survive_them(many):
    with GroupedWorkers(Processes(2), Grouping(square, many, 2, 6)) as workers:
        done = sorted((task, outcome.get()) for task, outcome in workers.outcomes(square, list(range(9))))
    assert done == [(n, n**2) for n in range(9)]


def test_what_follows_from_an_outcome_joins_the_group(one_worker):
    for number in range(3):
        one_worker.submit(("cube", number), cube, number)
    for (_, number), _ in one_worker.completed():
        if number < 3:
            one_worker.submit(("square", number + 3), square, number)
    assert GROUPS == [3]
