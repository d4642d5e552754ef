"""Messages of trainings in other processes."""

from __future__ import annotations

import logging

import pytest
from training_messages import say

from mlindex_plugin.algorithms.parallel import Workers
from mlindex_plugin.algorithms.training.messages import Here, Stopped, listening


class Interruption:
    def __init__(self, asked=False):
        self.asked = asked


def test_progress_and_log_of_other_processes_arrive(caplog):
    heard = []
    with caplog.at_level(logging.INFO, "mlindex_plugin"):
        with (
            listening(lambda *said: heard.append(said), Interruption()) as elsewhere,
            Workers(2, spawn=True) as workers,
        ):
            outcomes = dict(workers.run(say, ["aP", "cP"], elsewhere))
    assert outcomes == {"aP": "said", "cP": "said"}
    assert sorted(heard) == [("aP", "forest", 0.5), ("cP", "forest", 0.5)]
    assert sorted(record.getMessage() for record in caplog.records) == ["aP: a line of log", "cP: a line of log"]


def test_other_processes_are_asked_to_stop():
    interruption = Interruption()
    with listening(lambda *said: setattr(interruption, "asked", True), interruption) as elsewhere:
        with Workers(2, spawn=True) as workers:
            # each says something until it is stopped
            assert dict(workers.run(say, ["aP", "cP"], elsewhere, 10_000)) == {"aP": "stopped", "cP": "stopped"}


def test_this_process_is_asked_to_stop():
    heard = []
    here = Here(lambda *said: heard.append(said), Interruption(asked=True))
    with pytest.raises(Stopped):
        here.tell("aP", "forest", 0.5)
    assert heard == [("aP", "forest", 0.5)]
