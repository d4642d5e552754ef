"""The simulated pool under the real scheduler, on patterns whose times can be counted on fingers."""

from __future__ import annotations

import pytest
import schedule_simulation
from schedule_simulation import simulate, traces


def step(name, seconds, pattern, **more):
    return {"step": name, "seconds": seconds, "pattern": pattern, "sent": 100, "back": 100, **more}


def pattern(number):
    """Two rounds; with two workers 1 + 4 + 1 + 2 + 1 + 1 s, with one 1 + 6 + 1 + 4 + 1 + 1 s."""
    first, second = ([("tP", 0, 200, 2.0), ("mP", 0, 1000, 4.0)], [("mP", 1, 1000, 2.0), ("mP", 2, 1000, 2.0)])
    rounds = [
        [step("run_unit", s, number, symbol=symbol, block=block, n=n, n_peaks=20) for symbol, block, n, s in units]
        for units in (first, second)
    ]
    advance = step("advance", 1.0, number)
    return [step("begin", 1.0, number), *rounds[0], advance, *rounds[1], advance, step("finish", 1.0, number)]


@pytest.fixture
def recorded():
    return traces(pattern(0) + pattern(1))


def test_traces_are_read_from_a_record(recorded):
    assert len(recorded) == 2
    assert recorded[0].seconds == 14 and recorded[0].longest == 10 and recorded[0].n_tasks == 8


@pytest.mark.parametrize(("cores", "n_patterns", "wall"), [(1, 1, 14), (2, 1, 10), (9, 1, 10), (1, 2, 28)])
def test_a_batch_takes_as_long_as_its_steps(cores, n_patterns, wall, recorded):
    found = simulate(cores, n_patterns, recorded)
    assert found["wall"] == pytest.approx(wall, abs=0.2)
    assert found["efficiency"] == pytest.approx(14 * n_patterns / cores / wall, rel=0.03)


def test_two_workers_are_kept_busy_by_two_patterns(recorded):
    assert 14 <= simulate(2, 2, recorded)["wall"] < 17


def test_slow_messages_make_the_first_process_the_limit(recorded, monkeypatch):
    monkeypatch.setattr(schedule_simulation, "PER_TASK", 5.0)
    found = simulate(100, 20, recorded)
    assert found["wall"] > 20 * 8 * 5 and found["first"] > 0.9
