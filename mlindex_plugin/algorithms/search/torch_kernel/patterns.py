"""The peaks of many patterns as tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from mlindex_plugin.algorithms.search.observed import Observed
from mlindex_plugin.algorithms.search.torch_kernel.ragged import pick

_N_BINS = 2048


@dataclass
class Patterns:
    """Peaks of patterns with the same number of them.

    A pattern with n peaks has n + 1 gaps; gap g lies below peak g. Places number the gaps of all patterns.

    Attributes
    ----------
    q2 : torch.Tensor, shape (n_patterns, n_peaks + 1)
        1/Å²; infinite behind the last.
    weight, sigma : torch.Tensor, shape (n_patterns, n_peaks)
        As those of `Observed`.
    limit : torch.Tensor, shape (n_patterns,)
        1/Å².
    bins : torch.Tensor of int64, shape (n_patterns * (_N_BINS + 1),)
        For each of _N_BINS equal bins of [0, limit], and the limit, the place of its lower edge.
    most_in_bin : int
        Peaks in one bin, at most.
    most_lines : int
    """

    q2: torch.Tensor
    weight: torch.Tensor
    sigma: torch.Tensor
    limit: torch.Tensor
    bins: torch.Tensor
    most_in_bin: int
    most_lines: int

    @property
    def n_peaks(self) -> int:
        return self.q2.shape[1] - 1

    def places(self, owner: torch.Tensor, pattern: torch.Tensor, q2: torch.Tensor) -> torch.Tensor:
        """Place of each line, shape (n_lines,), for the owner of each line and the pattern of each owner."""
        scale = pick(_N_BINS / self.limit, pattern)
        bin_ = (q2 * pick(scale, owner)).long().clamp_(0, _N_BINS)
        place = pick(self.bins, bin_ + pick(pattern * (_N_BINS + 1), owner))
        for _ in range(self.most_in_bin):
            place = place + (pick(self.q2.view(-1), place) < q2)
        return place


def stack_patterns(observed: list[Observed], device) -> Patterns:
    """Put the peaks of several searches, all of the same number, on a device."""

    def tensor(rows):
        return torch.as_tensor(np.stack(rows), device=device)

    bins = np.stack([np.searchsorted(one.q2, np.arange(_N_BINS + 1) * one.limit / _N_BINS) for one in observed])
    q2 = tensor([np.append(one.q2, np.inf) for one in observed])
    return Patterns(
        q2=q2,
        weight=tensor([one.weight for one in observed]),
        sigma=tensor([one.sigma for one in observed]),
        limit=tensor([one.limit for one in observed]),
        bins=torch.as_tensor(bins + q2.shape[1] * np.arange(len(bins))[:, None], device=device).view(-1),
        most_in_bin=int(np.diff(bins).max()),
        most_lines=observed[0].most_lines,
    )
