"""Multilayer perceptrons in torch, for training; `network_inference` evaluates them without torch."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn


class Perceptron(nn.Module):
    """Hidden layers of dense - layer normalisation - GELU - dropout, and a dense layer at the end.

    Parameters
    ----------
    n_inputs : int
    hidden : tuple of int
        Units of the hidden layers.
    n_outputs : int
    dropout : float, optional
    """

    def __init__(self, n_inputs: int, hidden: tuple[int, ...], n_outputs: int, dropout: float = 0.0):
        super().__init__()
        sizes = [n_inputs, *hidden]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:], strict=True))
        self.norms = nn.ModuleList(nn.LayerNorm(size) for size in hidden)
        self.last = nn.Linear(sizes[-1], n_outputs)
        self.dropout = nn.Dropout(dropout)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        for dense, norm in zip(self.hidden, self.norms, strict=True):
            values = self.dropout(nn.functional.gelu(norm(dense(values))))
        return self.last(values)

    def arrays(self) -> dict[str, np.ndarray]:
        """Weights in float16, for `network_inference.Perceptron.from_arrays`."""
        named = {}
        for i, (dense, norm) in enumerate(zip(self.hidden, self.norms, strict=True)):
            named |= {f"layer{i}/weight": dense.weight, f"layer{i}/bias": dense.bias}
            named |= {f"layer{i}/gain": norm.weight, f"layer{i}/offset": norm.bias}
        named |= {"last/weight": self.last.weight, "last/bias": self.last.bias}
        return {name: value.detach().cpu().numpy().astype(np.float16) for name, value in named.items()}
