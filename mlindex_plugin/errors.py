"""The one exception that a user's input can cause."""

from __future__ import annotations


class InputError(ValueError):
    """Input that cannot be used; the message is one sentence naming file, value and remedy.

    Commands print the message and exit with status 1; no traceback reaches the user.
    """
