"""The optimisation kernel on torch tensors: blocks of candidates of many patterns at once, on a GPU."""

from __future__ import annotations

from mlindex_plugin.algorithms.search.torch_kernel.kernel import Block, optimise_blocks
from mlindex_plugin.algorithms.search.torch_kernel.memory import candidates_at_once

__all__ = ["Block", "candidates_at_once", "optimise_blocks"]
