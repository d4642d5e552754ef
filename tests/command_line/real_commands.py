"""The real commands, run in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])}


def installed(name: str) -> Path:
    """Where a command lies if it is installed."""
    return Path(sys.executable).with_name(f"dials.{name}")


def command_of(name: str) -> list:
    """The start of a command line: the installed command, else the module."""
    module = [sys.executable, "-m", f"mlindex_plugin.command_line.{name}"]
    return [installed(name)] if installed(name).exists() else module


def finished(command, *arguments, cwd):
    """The completed process of a command, with its output as text."""
    line = [*command, *map(str, arguments)]
    return subprocess.run(line, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
