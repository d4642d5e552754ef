"""PHIL scopes of the commands."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def powder_scope():
    """PHIL scope of ``dials.mlindex_powder``, as a ``libtbx.phil.scope``."""
    return _scope("mlindex_powder.phil")


@cache
def benchmark_scope():
    """PHIL scope of ``dials.mlindex_benchmark``, as a ``libtbx.phil.scope``."""
    return _scope("mlindex_benchmark.phil")


@cache
def dataset_scope():
    """PHIL scope of ``dials.mlindex_dataset``, as a ``libtbx.phil.scope``."""
    return _scope("mlindex_dataset.phil")


@cache
def statistics_scope():
    """PHIL scope of ``dials.mlindex_statistics``, as a ``libtbx.phil.scope``."""
    return _scope("mlindex_statistics.phil")


@cache
def train_scope():
    """PHIL scope of ``dials.mlindex_train``, as a ``libtbx.phil.scope``."""
    return _scope("mlindex_train.phil")


def _scope(name):
    import iotbx.phil

    return iotbx.phil.parse(files(__name__).joinpath(name).read_text(), process_includes=True)
