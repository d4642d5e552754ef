"""Tests of networks take one thread: on a busy machine several wait for each other."""

from __future__ import annotations

from importlib.util import find_spec

import mlindex_plugin  # noqa: F401  (before torch)

if find_spec("torch"):
    import torch

    torch.set_num_threads(1)
