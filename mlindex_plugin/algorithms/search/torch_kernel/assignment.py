"""Assignment of lines to the peaks of many candidates, by the rule of `search.assignment`."""

from __future__ import annotations

import torch

from mlindex_plugin.algorithms.lattice import LINE_NUMBER
from mlindex_plugin.algorithms.search.torch_kernel.lines import Lines
from mlindex_plugin.algorithms.search.torch_kernel.patterns import Patterns
from mlindex_plugin.algorithms.search.torch_kernel.ragged import pick, sums_by


def assign(lines: Lines, patterns: Patterns, pattern: torch.Tensor):
    """Give each peak its nearest line, no line to two peaks.

    Lines are numbered in their last 16 bits (relative change 1.5e-11), so that the lowest and the highest of a gap tell
    which they are.

    Parameters
    ----------
    lines : Lines
        Of the candidates.
    patterns : Patterns
    pattern : torch.Tensor of int64, shape (n,)
        Pattern of each candidate.

    Returns
    -------
    position : torch.Tensor, shape (n, n_peaks)
        Of the line, 1/Å²; that of the peak where it has none.
    line : torch.Tensor of int64, shape (n, n_peaks)
        Number of the line in `lines`; -1 for none.
    n_lines : torch.Tensor of int64, shape (n,)
        Lines not above the last peak.
    """
    n, n_gaps = len(pattern), patterns.n_peaks + 1
    first = lines.count.cumsum(0) - lines.count
    number = torch.arange(len(lines.q2), device=pattern.device) - pick(first, lines.owner)
    numbered = ((lines.q2.view(torch.int64) & ~LINE_NUMBER) | number).view(torch.float64)
    # from gaps of patterns to those of candidates
    shift = (torch.arange(n, device=pattern.device) - pattern) * n_gaps
    place = patterns.places(lines.owner, pattern, numbered) + pick(shift, lines.owner)
    n_lines = sums_by(place, torch.ones_like(place), n * n_gaps).view(n, n_gaps)[:, :-1].sum(1)
    lowest = _outermost("amin", torch.inf, numbered, place, n * n_gaps).view(n, n_gaps)
    highest = _outermost("amax", -torch.inf, numbered, place, n * n_gaps).view(n, n_gaps)
    q2 = patterns.q2[pattern, :-1]
    below, above = q2 - highest[:, :-1], lowest[:, 1:] - q2
    to_lower, to_upper = (side.T for side in _sides(below.T, above.T, (lowest == highest).T))
    position = torch.where(to_lower, highest[:, :-1], torch.where(to_upper, lowest[:, 1:], q2))
    line = (position.view(torch.int64) & LINE_NUMBER) + first[:, None]
    return position, torch.where(to_lower | to_upper, line, -1), n_lines


def _outermost(which: str, none: float, q2: torch.Tensor, place: torch.Tensor, n_places: int) -> torch.Tensor:
    """Lowest or highest line of each place."""
    edge = torch.full((n_places,), none, dtype=q2.dtype, device=q2.device)
    return edge.scatter_reduce_(0, place, q2, which)


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
