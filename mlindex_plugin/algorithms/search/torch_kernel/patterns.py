"""The peaks of many patterns as tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from mlindex_plugin.algorithms.lattice import bin_table
from mlindex_plugin.algorithms.lattice.lines import N_BINS
from mlindex_plugin.algorithms.search.observed import Observed


@dataclass
class Patterns:
    """Peaks of patterns with the same number of them.

    Attributes
    ----------
    q2 : torch.Tensor, shape (n_patterns, n_peaks + 1)
        1/Å²; infinite behind the last.
    weight, cap : torch.Tensor, shape (n_patterns, n_peaks)
        As those of `Observed`.
    limit : torch.Tensor, shape (n_patterns,)
        1/Å².
    bins : torch.Tensor of int64, shape (n_patterns, N_BINS + 1)
        Number of peaks below each bin of [0, limit].
    most_in_bin : int
        Peaks in one bin, at most.
    most_lines : int
    """

    q2: torch.Tensor
    weight: torch.Tensor
    cap: torch.Tensor
    limit: torch.Tensor
    bins: torch.Tensor
    most_in_bin: int
    most_lines: int

    @property
    def n_peaks(self) -> int:
        return self.q2.shape[1] - 1

    def gaps(self, pattern: torch.Tensor, q2: torch.Tensor) -> torch.Tensor:
        """Number of peaks of a pattern below each q2, shape (n,): the gap in which the line lies."""
        bin_ = (q2 * (N_BINS / self.limit)[pattern]).long()
        gap = self.bins.view(-1)[pattern * (N_BINS + 1) + bin_]
        first = pattern * (self.n_peaks + 1)
        for _ in range(self.most_in_bin):
            gap = gap + (self.q2.view(-1)[first + gap] < q2)
        return gap


def stack_patterns(observed: list[Observed], device) -> Patterns:
    """Put the peaks of several searches, all of the same number, on a device."""

    def tensor(rows):
        return torch.as_tensor(np.stack(rows), device=device)

    bins = np.stack([bin_table(one.q2, one.limit) for one in observed])
    return Patterns(
        q2=tensor([np.append(one.q2, np.inf) for one in observed]),
        weight=tensor([one.weight for one in observed]),
        cap=tensor([one.cap for one in observed]),
        limit=tensor([one.limit for one in observed]),
        bins=torch.as_tensor(bins, device=device),
        most_in_bin=int(np.diff(bins).max()),
        most_lines=observed[0].most_lines,
    )
