"""How units of work are grouped for a GPU."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mlindex_plugin.algorithms.parallel import Grouping
from mlindex_plugin.algorithms.parallel.jobs import CLUSTERS
from mlindex_plugin.algorithms.search import torch_device

_SMALLEST, _LARGEST = 16, 1024  # units; a pattern has 14 in its first round


def unit_groups(params, n_patterns: int, one: Callable, many: Callable) -> Grouping | None:
    """Groups of units where ``search.device`` leads to a GPU; None for the compiled kernel.

    Parameters
    ----------
    params : libtbx.phil.scope_extract
        Of ``dials.mlindex_powder``.
    n_patterns : int
        Patterns to be searched.
    one, many : callable
        What does one unit, and what does a list of them, called ``many(tasks, device=...)``.

    Raises
    ------
    InputError
        For ``search.device=cuda`` without torch or without a GPU.
    """
    device = _device(params, n_patterns)
    if device is None:
        return None
    return Grouping(one, partial(many, device=device), _SMALLEST, _LARGEST)


def _device(params, n_patterns: int) -> str | None:
    """As `torch_device`; jobs of a queue look for their GPU themselves."""
    if params.search.device == "cuda" and params.mp.method in CLUSTERS:
        return "cuda"
    return torch_device(params.search.device, n_patterns)
