"""Files that are either whole or not there: written under a temporary name and moved."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from mlindex_plugin.errors import InputError

REMEDY = "choose another place"


@contextmanager
def whole_file(path: str | os.PathLike, remedy: str = REMEDY) -> Iterator[Path]:
    """A temporary path to write to; the file appears under its own name when the block ends without an exception.

    ::

        with whole_file("weights.npz", "choose another output.file") as temporary, temporary.open("wb") as stream:
            np.savez_compressed(stream, **arrays)

    The temporary name has another suffix, which functions that look at suffixes see: give ``np.savez`` a stream.

    Parameters
    ----------
    path : str or os.PathLike
        Replaced if it exists; its folder must exist.
    remedy : str, optional
        What the user can do if the file cannot be written: the end of the message.

    Raises
    ------
    InputError
        For an OSError in the block or in moving (a full disk, say). The temporary file is removed after any exception,
        and an older file stays as it was.
    """
    with whole_files([path], remedy) as (temporary,):
        yield temporary


@contextmanager
def whole_files(paths: Sequence[str | os.PathLike], remedy: str = REMEDY) -> Iterator[list[Path]]:
    """`whole_file` for files that belong together: none is moved before all are written.

    Parameters
    ----------
    paths : sequence of str or os.PathLike
    remedy : str, optional

    Raises
    ------
    InputError
        As `whole_file`; it names the first file.
    """
    paths = [Path(path) for path in paths]
    temporary = [path.with_name(f"{path.name}.{os.getpid()}.part") for path in paths]
    try:
        yield temporary
        for written, path in zip(temporary, paths, strict=True):
            os.replace(written, path)
    except OSError as error:
        raise InputError(f"{paths[0]}: cannot be written ({error.strerror or error}); {remedy}.") from error
    finally:
        for written in temporary:
            with suppress(OSError):
                written.unlink()


def write_text(path: str | os.PathLike, text: str, remedy: str = REMEDY) -> Path:
    """Write a whole text file (UTF-8); arguments and errors as of `whole_file`.

    Returns
    -------
    Path
        The file.
    """
    with whole_file(path, remedy) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return Path(path)
