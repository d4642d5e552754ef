"""The folder of a report and the files in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mlindex_plugin.errors import InputError
from mlindex_plugin.whole_files import whole_files


def prepare_directory(directory: str | os.PathLike, parameter: str = "output.directory") -> Path:
    """Make `directory`, the value of `parameter`, if it is not there; make sure that files can be written in it.

    Raises
    ------
    InputError
        If the folder cannot be made or written.
    """
    directory = Path(directory)
    probe = directory / f".mlindex_{os.getpid()}.tmp"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(
            f"{parameter}={directory} cannot be written ({error.strerror.lower()}); choose another folder."
        ) from error
    return directory


def write_files(directory: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write several text files, as `whole_files` does.

    Parameters
    ----------
    directory : Path
        An existing folder.
    texts : mapping of str to str
        The content (UTF-8) by file name.

    Returns
    -------
    list of Path
        The files, in the order given.

    Raises
    ------
    InputError
        If a file cannot be written (a full disk, say); none is then left half-written.
    """
    targets = [directory / name for name in texts]
    with whole_files(targets, "choose another output.directory") as temporary:
        for path, text in zip(temporary, texts.values(), strict=True):
            path.write_text(text, encoding="utf-8")
    return targets
