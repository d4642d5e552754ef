"""What another process does in test_training_messages.py."""

from __future__ import annotations

import logging
import time

from mlindex_plugin.algorithms.training.messages import Stopped


def say(symbol, messages, times=1):
    """Tell and log, in another process."""
    with messages.logging():
        logging.getLogger("mlindex_plugin.test").info("%s: a line of log", symbol)
        try:
            for _ in range(times):
                messages.tell(symbol, "forest", 0.5)
                time.sleep(0.001)
        except Stopped:
            return "stopped"
    return "said"
