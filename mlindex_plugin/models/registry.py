"""The trained models on disk: one file of arrays a lattice, and a manifest that says what they are.

``aP.npz`` holds the arrays of every member, named ``<member>/<array>``; nothing in it is pickled. ``manifest.json`` has
the checksum of each file, and what it was trained on.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.errors import InputError
from mlindex_plugin.whole_files import whole_files

FORMAT = "mlindex_models"
VERSION = 1
MANIFEST = "manifest.json"


def default_directory() -> Path:
    """Folder of the models that come with the package."""
    return Path(str(files("mlindex_plugin.models"))) / "weights"


def load_models(symbol: str, directory: str | os.PathLike | None = None) -> Mapping[str, Mapping[str, np.ndarray]]:
    """Read the models of one lattice; nothing else is read, and nothing twice.

    Parameters
    ----------
    symbol : str
        Bravais lattice.
    directory : path, optional
        Output of ``dials.mlindex_train``; the models of the package by default.

    Returns
    -------
    mapping of str to mapping of str to numpy.ndarray
        Arrays by name of the member and of the array.

    Raises
    ------
    InputError
        If the lattice is unknown or has no models there, or a file is missing, damaged or of another version.
    """
    if symbol not in LATTICES:
        raise InputError(f"no lattice is called {symbol!r}; use one of {', '.join(LATTICES)}.")
    directory, records = _records([symbol], directory)
    record = records[symbol]
    return _load(directory / record["file"], record["sha256"])


def check_models(symbols: Iterable[str], directory: str | os.PathLike | None = None) -> None:
    """Look whether there are models of some lattices, without reading them.

    Parameters
    ----------
    symbols : iterable of str
        Bravais lattices.
    directory : path, optional
        As for `load_models`.

    Raises
    ------
    InputError
        If the manifest cannot be read or lacks one of them.
    """
    _records(symbols, directory)


def models_checksum(directory: str | os.PathLike | None = None) -> str:
    """SHA-256 of the manifest, which holds those of all files of a folder of models.

    Parameters
    ----------
    directory : path, optional
        As for `load_models`.

    Raises
    ------
    InputError
        If the manifest cannot be read.
    """
    return hashlib.sha256(_content(_folder(directory) / MANIFEST)).hexdigest()


def _folder(directory) -> Path:
    return default_directory() if directory is None else Path(directory).resolve()


def _records(symbols, directory):
    directory = _folder(directory)
    records = read_manifest(directory)["lattices"]
    missing = [symbol for symbol in symbols if symbol not in records]
    if missing:
        raise InputError(f"{directory}: no models of {' '.join(missing)}; {_remedy(directory)}.")
    return directory, records


@lru_cache(maxsize=len(LATTICES))
def _load(path: Path, checksum: str):
    content = _content(path)
    if hashlib.sha256(content).hexdigest() != checksum:
        raise InputError(f"{path}: its checksum is not that of {MANIFEST}, so it is damaged; {_remedy(path.parent)}.")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path}: not a readable file of arrays; {_remedy(path.parent)}.") from error
    members: dict[str, dict] = {}
    for name, array in arrays.items():
        member, _, rest = name.partition("/")
        array.flags.writeable = False  # all who ask get the same arrays
        members.setdefault(member, {})[rest] = array
    return MappingProxyType({member: MappingProxyType(of_member) for member, of_member in members.items()})


def read_manifest(directory: str | os.PathLike) -> dict:
    """What a folder of models says of itself.

    Raises
    ------
    InputError
        If there is no manifest, or it cannot be read or is of another version.
    """
    directory = Path(directory)
    path = directory / MANIFEST
    content = _content(path)
    try:
        manifest = json.loads(content)
        layout = manifest["format"], manifest["version"]
        whole = all({"file", "sha256"} <= record.keys() for record in manifest["lattices"].values())
    except (ValueError, KeyError, TypeError, AttributeError):
        layout, whole = (FORMAT, VERSION), False
    if layout != (FORMAT, VERSION):
        raise InputError(
            f"{path}: {layout[0]} of version {layout[1]}, but this program reads {FORMAT} of version {VERSION}; "
            f"{_remedy(directory)}."
        )
    if not whole:
        raise InputError(f"{path}: not a manifest of dials.mlindex_train; {_remedy(directory)}.")
    return manifest


def write_models(
    directory: str | os.PathLike, symbol: str, members: Mapping[str, Mapping[str, np.ndarray]], record: Mapping
) -> Path:
    """Write the models of one lattice and enter them in the manifest of the folder; other lattices in it stay.

    Parameters
    ----------
    directory : path
        An existing folder.
    symbol : str
        Bravais lattice.
    members : mapping of str to mapping of str to numpy.ndarray
        Arrays by name of the member and of the array.
    record : mapping
        What the manifest shall say of the lattice: JSON values. File, size and checksum are added.

    Returns
    -------
    pathlib.Path
        The file of arrays.

    Raises
    ------
    InputError
        If the folder has a manifest that cannot be read, or cannot be written.
    """
    directory = Path(directory)
    manifest = {"format": FORMAT, "version": VERSION, "lattices": {}}
    if (directory / MANIFEST).exists():
        manifest = read_manifest(directory)
    content = io.BytesIO()
    arrays = {f"{member}/{name}": array for member, of_member in members.items() for name, array in of_member.items()}
    np.savez_compressed(content, **arrays)
    path = directory / f"{symbol}.npz"
    entry = {
        "file": path.name,
        "bytes": len(content.getvalue()),
        "sha256": hashlib.sha256(content.getvalue()).hexdigest(),
        **record,
    }
    lattices = {**manifest["lattices"], symbol: entry}
    manifest["lattices"] = {name: lattices[name] for name in LATTICES if name in lattices}
    remedy = "make room or choose another output.models"
    with whole_files([path, directory / MANIFEST], remedy) as (of_arrays, of_manifest):
        of_arrays.write_bytes(content.getvalue())
        of_manifest.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return path


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); {_remedy(path.parent)}.") from error


def _remedy(directory: Path) -> str:
    if Path(directory) == default_directory():
        return "install mlindex_plugin again"
    return "train models with dials.mlindex_train, or leave model.directory out to use those of the package"
