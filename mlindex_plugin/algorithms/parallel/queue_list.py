"""What a queue says of this user's jobs."""

from __future__ import annotations

import getpass
import re
import subprocess

# Commands whose lines begin with the number of a job that waits or runs; ended jobs are not listed.
_COMMANDS = {
    "slurm": ("squeue", "--noheader", "--format=%A", "--user"),
    "sge": ("qstat", "-u"),
    "pbs": ("qstat", "-u"),
    "lsf": ("bjobs", "-w", "-u"),
}
_PATIENCE = 60  # s for an answer


def jobs_in_queue(method: str) -> set[int] | None:
    """Numbers of the jobs that wait or run; None where the queue does not tell.

    Parameters
    ----------
    method : str
        ``slurm``, ``sge``, ``pbs`` or ``lsf``.
    """
    try:
        command = [*_COMMANDS[method], getpass.getuser()]
        listed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=_PATIENCE).stdout
    except (OSError, KeyError, subprocess.SubprocessError):  # KeyError: a user without a name
        return None
    return {job_number(line) for line in listed.splitlines()} - {None}


def job_number(text: str) -> int | None:
    """The number at the beginning of a line or of a job's name; None where there is none."""
    number = re.match(r"\s*(\d+)", text)
    return int(number[1]) if number else None
