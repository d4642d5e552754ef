"""Ragged lists: entries of different numbers of integers, all in one tensor, in order."""

from __future__ import annotations

import torch


def expand(first: torch.Tensor, count: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """List the integers first, first + 1, ... of every entry.

    Parameters
    ----------
    first, count : torch.Tensor of int64, shape (n,)
        `count` not below zero.

    Returns
    -------
    entry, value : torch.Tensor of int64, shape (sum of count,)
        Number of the entry, ascending, and the integer.
    """
    ends = count.cumsum(0)
    total = int(ends[-1]) if len(ends) else 0
    entry = torch.repeat_interleave(count, output_size=total)
    offset = first - (ends - count)
    return entry, torch.arange(total, device=count.device) + offset[entry]
