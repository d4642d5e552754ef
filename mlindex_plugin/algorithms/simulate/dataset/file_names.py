"""Names of files: which are CIFs, what one is called whatever its path, and which a data set has not seen yet."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from mlindex_plugin.errors import InputError

_SUFFIX = re.compile(r"\.cif(\.gz)?$", re.IGNORECASE)
_FILE_AND_BLOCK = re.compile(r"(.*?\.cif)(?:\.gz)?(?::.*)?$", re.IGNORECASE)
_NUMBER = re.compile(r"(~\d+)+(?=(\.cif)?$)", re.IGNORECASE)


def is_cif(path) -> bool:
    """Whether a path ends in ``.cif`` or ``.cif.gz``."""
    return _SUFFIX.search(str(path)) is not None


def base_name(identifier) -> str:
    """Name of the file of an identifier, without its path, number, block and ``.gz``.

    ``cifs/salt~2.cif:block`` gives ``salt.cif``.
    """
    match = _FILE_AND_BLOCK.match(identifier)
    file = match[1] if match else identifier.partition(":")[0]
    return _NUMBER.sub("", file.rpartition("/")[2])


def free_name(name, taken) -> str:
    """`name`, or ``name~2.cif`` and so on; `taken` tells whether a name is in use."""
    suffix = _SUFFIX.search(name)
    end = suffix.start() if suffix else len(name)
    free, times = name, 1
    while taken(free):
        times += 1
        free = f"{name[:end]}~{times}{name[end:]}"
    return free


def new_files(found, recorded):
    """CIFs that a data set has not dealt with: another name, or another content under a name that it holds.

    Parameters
    ----------
    found : dict of str to pathlib.Path
        By identifier.
    recorded : dict of str to str
        Digests of the files that the data set has dealt with, by identifier.

    Returns
    -------
    list of (str, str, str)
        Identifier, path and digest, in order of identifiers. An identifier that the data set holds gets a number.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    known = {(base_name(identifier), digest) for identifier, digest in recorded.items()}
    taken = recorded.keys() | found.keys()
    new = []
    for identifier, path in sorted(found.items()):
        digest = _digest(path)
        if (base_name(identifier), digest) in known:
            continue
        if identifier in recorded:
            identifier = free_name(identifier, taken.__contains__)
            taken.add(identifier)
        new.append((identifier, str(path), digest))
    return sorted(new)


def _digest(path):
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); make it readable or leave it out.") from error
