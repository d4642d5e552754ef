"""Which patterns a batch has, and what their result folders are called."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mlindex_plugin.errors import InputError


@dataclass(frozen=True)
class Pattern:
    """One pattern or peak list of a batch.

    Attributes
    ----------
    number : int
        Its place in the batch, from 0.
    name : str
        Of its result folder.
    file : str
        As the user named it.
    """

    number: int
    name: str
    file: str


def read_file_list(path: str) -> tuple[str, ...]:
    """File names in a text file, one a line; empty lines and lines that begin with # are left out.

    Raises
    ------
    InputError
        If the file cannot be read as text, or names no file.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"input.file_list={path}: cannot be read ({error.strerror.lower()}).") from error
    except UnicodeDecodeError as error:
        raise InputError(f"input.file_list={path}: is not text; give a file with one file name a line.") from error
    names = tuple(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))
    if not names:
        raise InputError(f"input.file_list={path}: names no file; give one file name a line.")
    return names


def name_patterns(files) -> list[Pattern]:
    """Patterns for files, each file once, with names that differ.

    A name is that of the file without its suffix (and without .gz); where several files share it, the whole path, with
    - for /.

    Parameters
    ----------
    files : sequence of str

    Returns
    -------
    list of Pattern
        In the order given.
    """
    files = list({os.path.abspath(file): file for file in reversed(files)}.values())[::-1]
    shared = Counter(_stem(file) for file in files)
    names = [_stem(file) if shared[_stem(file)] == 1 else _whole(file) for file in files]
    return [Pattern(number, name, file) for number, (name, file) in enumerate(zip(names, files, strict=True))]


def _stem(file: str) -> str:
    name = Path(file).name.removesuffix(".gz")
    return Path(name).stem or name


def _whole(file: str) -> str:
    return os.path.abspath(file).strip(os.sep).replace(os.sep, "-")
