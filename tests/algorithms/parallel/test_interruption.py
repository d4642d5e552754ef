from __future__ import annotations

import os
import signal
import threading

import pytest

from mlindex_plugin.algorithms.parallel import Interruption


@pytest.fixture(autouse=True)
def ctrl_c_interrupts():
    """A shell starts its background jobs with SIGINT ignored, and Python then leaves it so."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_sets_the_flag_and_raises_nothing():
    with Interruption() as interruption:
        assert not interruption.asked
        press_ctrl_c()
        assert interruption.asked


def test_afterwards_ctrl_c_interrupts_as_before():
    before = signal.getsignal(signal.SIGINT)
    with Interruption() as interruption:
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        press_ctrl_c()
    assert not interruption.asked


def test_the_handler_is_given_back_after_an_error():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(RuntimeError), Interruption():
        raise RuntimeError
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_signals_are_left_alone():
    seen = []

    def enter():
        with Interruption() as interruption:
            seen.append((signal.getsignal(signal.SIGINT), interruption.asked))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [(before, False)]
