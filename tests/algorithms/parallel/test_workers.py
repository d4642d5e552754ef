from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlindex_plugin.algorithms.parallel import WorkerLostError, Workers, available_processors

MEMORY: list[str] = []


def square(number, offset):
    return number**2 + offset


def process_number(_):
    return os.getpid()


def ignores_ctrl_c(_):
    return signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def leave_a_trace(number, folder):
    time.sleep(0.05)
    (folder / str(number)).touch()


def refuse(number):
    raise ValueError(f"task {number}")


@pytest.mark.parametrize("n_processes", [1, 2, 3])
def test_each_task_is_done_once(n_processes):
    with Workers(n_processes) as workers:
        done = list(workers.run(square, list(range(20)), 5))
        assert sorted(done) == [(n, n**2 + 5) for n in range(20)]
        assert list(workers.run(square, [], 5)) == []
        assert list(workers.run(square, [7], 1)) == [(7, 50)]  # the same workers serve again


def test_one_process_is_this_one_and_several_are_others():
    with Workers(1) as workers:
        assert {pid for _, pid in workers.run(process_number, list(range(5)))} == {os.getpid()}
    with Workers(2) as workers:
        pids = {pid for _, pid in workers.run(process_number, list(range(20)))}
    assert os.getpid() not in pids
    assert 1 <= len(pids) <= 2


def test_ctrl_c_is_left_to_the_parent():
    before = signal.getsignal(signal.SIGINT)
    with Workers(2) as workers:
        assert all(ignored for _, ignored in workers.run(ignores_ctrl_c, list(range(4))))
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("n_processes", [1, 2])
def test_tasks_not_begun_are_given_up_when_the_run_is_left(n_processes, tmp_path):
    with Workers(n_processes) as workers:
        for _ in workers.run(leave_a_trace, list(range(100)), tmp_path):
            break
    assert 1 <= len(list(tmp_path.iterdir())) <= 10


@pytest.mark.parametrize("n_processes", [1, 2])
def test_an_error_in_a_task_reaches_the_caller(n_processes):
    with Workers(n_processes) as workers, pytest.raises(ValueError, match="task 3"):
        list(workers.run(refuse, [3]))


def test_workers_end_with_a_parent_that_was_killed():
    program = (
        "import os, sys, time\n"
        "from mlindex_plugin.algorithms.parallel import Workers\n"
        "def work(n):\n"
        "    os.write(1, b'%d\\n' % os.getpid())\n"
        "    time.sleep(0.2)\n"
        "with Workers(2) as workers:\n"
        "    list(workers.run(work, list(range(10000))))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment)
    for _ in range(6):
        parent.stdout.readline()
    parent.kill()
    parent.communicate(timeout=20)  # the pipe is closed when nobody is left to write into it


def test_there_is_a_processor():
    assert 1 <= available_processors() <= os.cpu_count()


def remembered(_):
    return list(MEMORY)


def test_spawned_processes_start_anew(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "MEMORY", ["of this process"])
    for spawn, found in ((True, []), (False, ["of this process"])):
        with Workers(2, spawn=spawn) as workers:
            assert list(workers.run(remembered, [1])) == [(1, found)]


def kill_this_process_once(number, folder):
    mark = folder / str(number)
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def kill_this_process_at_three(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_task_whose_worker_dies_is_done_once_more(tmp_path):
    with Workers(2) as workers:
        assert sorted(workers.run(kill_this_process_once, list(range(4)), tmp_path)) == [(n, n) for n in range(4)]


def test_a_task_whose_worker_dies_twice_is_given_up_and_the_others_are_done():
    with Workers(2) as workers:
        outcomes = dict(workers.outcomes(kill_this_process_at_three, list(range(6))))
    assert isinstance(outcomes.pop(3).error, WorkerLostError)
    assert {number: outcome.get() for number, outcome in outcomes.items()} == {n: n for n in (0, 1, 2, 4, 5)}
    with Workers(2) as workers, pytest.raises(WorkerLostError, match="worker process was killed, .* smaller mp.nproc"):
        list(workers.run(kill_this_process_at_three, [3]))


def begun_at(_):
    time.sleep(0.1)
    return time.monotonic()


def test_the_dearest_are_begun_first():
    with Workers(2) as workers:
        times = {task: outcome.get() for task, outcome in workers.outcomes(begun_at, [1, 5, 2, 9], cost=lambda n: n)}
    assert max(times[9], times[5]) < min(times[2], times[1])
    with Workers(1) as workers:  # one process has nothing to gain
        assert [task for task, _ in workers.outcomes(begun_at, [1, 5, 2], cost=lambda n: n)] == [1, 5, 2]


@pytest.mark.parametrize("n_processes", [1, 2])
def test_tasks_may_be_added_and_taken_back_while_others_are_done(n_processes):
    with Workers(n_processes) as workers:
        for number in range(3):
            workers.submit(("first", number), square, number, 0, priority=(number,))
        seen = {}
        for key, outcome in workers.completed():
            seen[key] = outcome.get()
            if key == ("first", 0):
                workers.submit(("second", 7), square, 7, 0, priority=(9,))
                workers.submit(("unwanted", 8), square, 8, 0, priority=(8,))
                workers.cancel(lambda key: key[0] == "unwanted")
        assert seen == {("first", 0): 0, ("first", 1): 1, ("first", 2): 4, ("second", 7): 49}
