"""Files that are either whole or not there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mlindex_plugin.errors import InputError


def prepare_directory(directory: str | os.PathLike) -> Path:
    """Make `directory` if it is not there, and make sure that files can be written in it.

    Raises
    ------
    InputError
        If the folder cannot be made or written.
    """
    directory = Path(directory)
    probe = directory / f".mlindex_powder_{os.getpid()}.tmp"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(
            f"output.directory={directory} cannot be written ({error.strerror.lower()}); choose another folder."
        ) from error
    return directory


def write_files(directory: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write several text files: all to temporary names first, moved only when every one of them is whole.

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
        If a file cannot be written (a full disk, say); nothing is left behind then.
    """
    targets = [directory / name for name in texts]
    temporary = [target.with_name(f".{target.name}.{os.getpid()}.tmp") for target in targets]
    try:
        for path, text in zip(temporary, texts.values(), strict=True):
            path.write_text(text, encoding="utf-8")
        for path, target in zip(temporary, targets, strict=True):
            os.replace(path, target)
    except OSError as error:
        raise InputError(
            f"{directory}: the results cannot be written ({error.strerror.lower()}); choose another output.directory."
        ) from error
    finally:
        for path in temporary:
            path.unlink(missing_ok=True)
    return targets
