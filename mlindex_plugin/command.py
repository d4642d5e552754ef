"""What every command does around its work: command line, log, messages, exit status."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import mlindex_plugin
from mlindex_plugin.errors import InputError
from mlindex_plugin.phil.arguments import parse_arguments

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Command:
    """A command as its user sees it.

    Attributes
    ----------
    name : str
        As it is typed.
    usage, description : str
        Texts for ``-h``.
    scope : libtbx.phil.scope
        Parameters.
    folders : bool
        Whether data may be given as folders.
    """

    name: str
    usage: str
    description: str
    scope: Any
    folders: bool = False


def run_command(command: Command, args, work: Callable[..., bool]) -> None:
    """Run a command.

    Parameters
    ----------
    command : Command
    args : sequence of str or None
        Command-line arguments; ``sys.argv[1:]`` if None.
    work : callable
        ``work(arguments, log) -> bool``: False if Ctrl-C or SIGTERM stopped it.

    Raises
    ------
    SystemExit
        With one sentence (exit status 1) for input that cannot be used; with 130 after Ctrl-C or SIGTERM.
    """
    from mlindex_plugin.algorithms.report.log import run_log

    version = f"{command.name} {mlindex_plugin.__version__}"
    try:
        arguments = parse_arguments(
            args,
            command.scope,
            prog=command.name,
            usage=command.usage,
            description=command.description,
            version=version,
            folders=command.folders,
        )
        with _first_rank(arguments.params) as is_first:
            if not is_first:
                return
            with run_log(arguments.verbosity) as log:
                logger.info(version)
                if arguments.diff:
                    logger.info("The following parameters have been modified:\n\n%s", arguments.diff)
                completed = work(arguments, log)
    except InputError as error:
        sys.exit(f"{command.name}: {error}")
    except KeyboardInterrupt:
        completed = False
    if not completed:
        sys.exit(130)


def _first_rank(params):
    """A context manager that gives True where the work is to be done, False on an MPI rank that has served it."""
    if not hasattr(params, "mp") or params.mp.method != "mpi":
        return nullcontext(True)
    from mlindex_plugin.algorithms.parallel.ranks import other_ranks

    return other_ranks()
