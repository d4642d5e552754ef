"""Assignment of lines to the peaks of many candidates, by the rule of `search.assignment`."""

from __future__ import annotations

import torch

from mlindex_plugin.algorithms.search.torch_kernel.lines import Lines
from mlindex_plugin.algorithms.search.torch_kernel.patterns import Patterns

LOWEST, HIGHEST = "amin", "amax"


def assign(lines: Lines, patterns: Patterns, pattern: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Give each peak its nearest line, no line to two peaks.

    Parameters
    ----------
    lines : Lines
        Of the candidates.
    patterns : Patterns
    pattern : torch.Tensor of int64, shape (n,)
        Pattern of each candidate.

    Returns
    -------
    line : torch.Tensor of int64, shape (n, n_peaks)
        Number of the line in `lines`; -1 for none.
    n_lines : torch.Tensor of int64, shape (n,)
        Lines not above the last peak.
    """
    n, n_gaps = len(pattern), patterns.n_peaks + 1
    place = patterns.gaps(pattern[lines.owner], lines.q2) + n_gaps * lines.owner
    n_lines = torch.bincount(place, minlength=n * n_gaps).view(n, n_gaps)[:, :-1].sum(1)
    lowest, low = _outermost(LOWEST, lines.q2, place, n * n_gaps)
    highest, high = _outermost(HIGHEST, lines.q2, place, n * n_gaps)
    lowest, low, highest, high = (value.view(n, n_gaps) for value in (lowest, low, highest, high))
    q2 = patterns.q2[pattern, :-1]
    below, above = q2 - highest[:, :-1], lowest[:, 1:] - q2
    to_lower, to_upper = _sides(below.T, above.T, (lowest == highest).T)
    line = torch.where(to_lower.T, high[:, :-1], torch.where(to_upper.T, low[:, 1:], -1))
    return line, n_lines


def _outermost(which: str, q2: torch.Tensor, place: torch.Tensor, n_places: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Position and number of the lowest or highest line of each place; of equal ones the first."""
    none = torch.inf if which == LOWEST else -torch.inf
    edge = torch.full((n_places,), none, dtype=q2.dtype, device=q2.device).scatter_reduce_(0, place, q2, which)
    there = (q2 == edge[place]).nonzero().squeeze(1)
    number = torch.full((n_places,), len(q2), device=q2.device).scatter_reduce_(0, place[there], there, LOWEST)
    return edge, number


def _sides(below: torch.Tensor, above: torch.Tensor, single: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Which peaks take the line below them, and which the line above.

    Only the lines next to a peak can be its nearest without being nearer to another peak. Where one line is the
    nearest of two peaks, the nearer peak keeps it and the other turns to its other side.

    Parameters
    ----------
    below, above : torch.Tensor, shape (n_peaks, n)
        Distance to the next line on either side, infinite where there is none, 1/Å².
    single : torch.Tensor of bool, shape (n_peaks + 1, n)
        Whether the gap below (and, the last, above) a peak holds exactly one line.

    Returns
    -------
    to_lower, to_upper : torch.Tensor of bool, shape (n_peaks, n)
    """
    prefers_lower = below <= above
    has_lower, has_upper = below < torch.inf, above < torch.inf
    to_lower, to_upper = prefers_lower & has_lower, ~prefers_lower
    for i in range(1, len(below)):
        conflict = to_upper[i - 1] & single[i] & prefers_lower[i]
        nearer = conflict & (below[i] < above[i - 1])
        lost = conflict & ~nearer
        # the previous peak turns back to its lower side, if that is free
        free = has_lower[i - 1]
        if i > 1:
            free = free & ~(to_upper[i - 2] & single[i - 1])
        to_lower[i - 1] |= nearer & free
        to_upper[i - 1] &= ~nearer
        to_lower[i] &= ~lost
        to_upper[i] |= lost & has_upper[i]
    return to_lower, to_upper
