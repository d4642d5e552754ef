"""Ragged lists: entries of different numbers of integers, all in one tensor, in order."""

from __future__ import annotations

import torch


def expand(first: torch.Tensor, count: torch.Tensor, step: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """List the integers first, first + step, ... of every entry.

    Parameters
    ----------
    first, count : torch.Tensor of int64, shape (n,)
        `count` not below zero.
    step : int

    Returns
    -------
    entry, value : torch.Tensor of int64, shape (sum of count,)
        Number of the entry, ascending, and the integer.
    """
    ends = count.cumsum(0)
    total = int(ends[-1]) if len(ends) else 0
    entry = torch.repeat_interleave(count, output_size=total)
    offset = first - step * (ends - count)
    return entry, torch.arange(0, step * total, step, device=count.device) + pick(offset, entry)


def pick(values: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """``values[index]`` along the first axis, in a way that is quick for one index."""
    return values.index_select(0, index)


def sums_by(owner: torch.Tensor, value: torch.Tensor, n: int) -> torch.Tensor:
    """Sum of the values of each of n owners."""
    return torch.zeros(n, dtype=value.dtype, device=value.device).index_add_(0, owner, value)
