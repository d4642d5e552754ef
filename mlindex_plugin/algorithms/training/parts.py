"""Results of finished stages, kept so that training that was stopped goes on behind them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from mlindex_plugin.algorithms.training.assemble import TrainingData
from mlindex_plugin.algorithms.training.training_set import TrainingSet
from mlindex_plugin.errors import InputError
from mlindex_plugin.whole_files import whole_file

_SETS = ("training", "held_out", "validation")
_ARRAYS = ("q2", "hkl", "x", "cells", "group", "groups", "family")
_REMEDY = "make room or choose another output.models"


def make_folder(folder: Path) -> Path:
    """Make a folder for parts, with those above it; InputError if that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made ({error.strerror}); {_REMEDY}.") from error
    return folder


def kept_arrays(path: Path, make: Callable[[], Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The arrays in a part; made and kept if there is none, or one that the disk has damaged.

    Raises
    ------
    InputError
        If the part cannot be written.
    """
    with suppress(OSError, ValueError, EOFError, zipfile.BadZipFile):
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    arrays = dict(make())
    with whole_file(path, _REMEDY) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **arrays)
    return arrays


def arrays_of_data(data: TrainingData) -> dict[str, np.ndarray]:
    """The three sets as arrays named ``<set>/<array>``."""
    return {f"{name}/{array}": np.asarray(getattr(getattr(data, name), array)) for name in _SETS for array in _ARRAYS}


def data_of_arrays(symbol: str, arrays: Mapping[str, np.ndarray]) -> TrainingData:
    """The opposite of `arrays_of_data`."""
    sets = []
    for name in _SETS:
        of_set = {array: arrays[f"{name}/{array}"] for array in _ARRAYS}
        of_set["groups"] = tuple(of_set["groups"].tolist())
        sets.append(TrainingSet(symbol, **of_set))
    return TrainingData(*sets)
