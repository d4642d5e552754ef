"""One run a folder: a lock file with the host and the process that holds it."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mlindex_plugin.errors import InputError

logger = logging.getLogger(__name__)

LOCK_NAME = ".mlindex_powder.lock"


@contextmanager
def folder_lock(directory: Path) -> Iterator[None]:
    """Hold an existing folder for this process.

    A lock whose process is dead is taken over, which the log says, where the process was one of this host: processes
    of other hosts cannot be asked.

    Parameters
    ----------
    directory : Path

    Raises
    ------
    InputError
        If another run holds the folder, or the lock cannot be written.
    """
    path = directory / LOCK_NAME
    try:
        _acquire(path)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror or error}); choose another output.directory."
        ) from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _acquire(path: Path) -> None:
    with _open_alone(path) as file:
        text = file.read()
        holder = _parse(text)
        if text and (holder is None or not _is_dead(holder)):
            raise InputError(_refusal(path, holder))
        if text:
            logger.info("The lock of process %d, which has ended without removing it, is taken over.", holder["pid"])
        file.seek(0)
        file.truncate()
        json.dump(_this_process(), file)


@contextmanager
def _open_alone(path: Path) -> Iterator[IO[str]]:
    """The lock file, made if need be, while no other process reads or writes it through this function."""
    while True:
        with open(path, "a+", encoding="utf-8") as file:
            _flock(file)
            if not _is_still_there(file, path):
                continue  # removed by its holder between open and lock
            file.seek(0)
            yield file
            file.flush()
            return


def _flock(file: IO[str]) -> None:
    """Wait for the file's kernel lock; go on without it where the file system (some of clusters) has none."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK):
            raise


def _is_still_there(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


def _this_process() -> dict:
    pid = os.getpid()
    return {
        "host": platform.node(),
        "pid": pid,
        "begun": _begun(pid),
        "since": time.strftime("%Y-%m-%d %H:%M:%S"),
    }


def _parse(text: str) -> dict | None:
    try:
        holder = json.loads(text)
        return holder if {"host", "pid", "begun", "since"} <= set(holder) else None
    except (ValueError, TypeError):
        return None


def _is_dead(holder: dict) -> bool:
    """Whether the holder is known to be gone; another process that has got its number is told by its beginning."""
    if holder["host"] != platform.node():
        return False
    try:
        os.kill(holder["pid"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _begun(holder["pid"]) != holder["begun"]


def _begun(pid: int) -> str | None:
    """When a process began, in the clock ticks of Linux; None where that is not told."""
    try:
        # the name of the program, in parentheses, may hold spaces
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def _refusal(path: Path, holder: dict | None) -> str:
    if holder is None:
        return f"{path}: not a lock that this program wrote; choose another output.directory, or remove the file."
    return (
        f"{path.parent}: process {holder['pid']} on {holder['host']} has been working in this folder since "
        f"{holder['since']}; wait for it, choose another output.directory, or, if it is dead, remove {path}."
    )
