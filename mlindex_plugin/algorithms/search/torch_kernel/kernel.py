"""The optimisation kernel on tensors: candidates of many patterns at once, each as `search.kernel` would do it.

A candidate has its own random numbers, so what becomes of it depends neither on the others nor on how many are under
way at a time. Differences to the compiled kernel are those of rounding in sums.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch

from mlindex_plugin.algorithms.lattice import LatticeTable
from mlindex_plugin.algorithms.search.kernel import OTHER_LINES, RIDGE, SHAKE, STUDENT_3
from mlindex_plugin.algorithms.search.observed import Observed
from mlindex_plugin.algorithms.search.torch_kernel.assignment import assign
from mlindex_plugin.algorithms.search.torch_kernel.least_squares import corrections, design
from mlindex_plugin.algorithms.search.torch_kernel.lines import find_lines
from mlindex_plugin.algorithms.search.torch_kernel.patterns import Patterns, stack_patterns
from mlindex_plugin.algorithms.search.torch_kernel.random_words import drawn_peaks, first_states, random_fractions


@dataclass(frozen=True)
class Block:
    """Candidates of one pattern.

    Attributes
    ----------
    start : numpy.ndarray, shape (n, n_free)
        Free xnn, 1/Å².
    observed : Observed
    seed : int
    """

    start: np.ndarray
    observed: Observed
    seed: int


@dataclass
class _Candidates:
    """Candidates under way, all tensors of the same length."""

    number: torch.Tensor
    pattern: torch.Tensor
    x: torch.Tensor
    best: torch.Tensor
    merit: torch.Tensor
    since: torch.Tensor
    age: torch.Tensor
    state: torch.Tensor

    def take(self, index) -> _Candidates:
        return _Candidates(*(getattr(self, one.name)[index] for one in fields(self)))

    def joined(self, other: _Candidates) -> _Candidates:
        return _Candidates(*(torch.cat([getattr(self, one.name), getattr(other, one.name)]) for one in fields(self)))


def optimise_blocks(
    table: LatticeTable, blocks: list[Block], n_iterations: int, stall: int, device: str, at_once: int
) -> list[tuple[np.ndarray, np.ndarray, int]]:
    """Optimise blocks of candidates of one lattice, all together.

    Parameters
    ----------
    table : LatticeTable
    blocks : list of Block
        Of patterns with the same number of peaks.
    n_iterations, stall : int
        As for `optimise`.
    device : str
        Of torch, ``cpu`` or ``cuda``.
    at_once : int
        Candidates under way at a time; bounds the memory.

    Returns
    -------
    list of tuple
        What `optimise` returns, for each block.
    """
    patterns = stack_patterns([block.observed for block in blocks], device)
    waiting = _candidates(blocks, device)
    sums = torch.as_tensor(table.reps, device=device)
    best, merit, age = waiting.best.clone(), waiting.merit.clone(), waiting.age.clone()
    under_way, begun = waiting.take(slice(0, at_once)), at_once
    while len(under_way.number):
        ended = _iterate(table, sums, patterns, under_way, stall) | (under_way.age >= n_iterations)
        if bool(ended.any()):
            done = under_way.take(ended)
            best[done.number], merit[done.number], age[done.number] = done.best, done.merit, done.age
            under_way = under_way.take(~ended)
            free = at_once - len(under_way.number)
            under_way = under_way.joined(waiting.take(slice(begun, begun + free)))
            begun += free
    ends = np.cumsum([len(block.start) for block in blocks])[:-1]
    best, merit, age = (np.split(value.cpu().numpy(), ends) for value in (best, merit, age))
    return [(b, m, int(a.sum())) for b, m, a in zip(best, merit, age, strict=True)]


def _candidates(blocks: list[Block], device) -> _Candidates:
    lengths = torch.tensor([len(block.start) for block in blocks], device=device)
    x = torch.as_tensor(np.concatenate([block.start for block in blocks]), dtype=torch.float64, device=device)
    zeros = torch.zeros(len(x), dtype=torch.int64, device=device)
    return _Candidates(
        number=torch.arange(len(x), device=device),
        pattern=torch.repeat_interleave(lengths),
        x=x,
        best=x.clone(),
        merit=zeros.double(),
        since=zeros,
        age=zeros.clone(),
        state=torch.cat([first_states(block.seed, len(block.start), device) for block in blocks]),
    )


def _iterate(table: LatticeTable, sums, patterns: Patterns, c: _Candidates, stall: int) -> torch.Tensor:
    """One iteration of all candidates, in place; which have stalled, shape (n,)."""
    q2, weight, sigma = patterns.q2[c.pattern, :-1], patterns.weight[c.pattern], patterns.sigma[c.pattern]
    lines = find_lines(table, sums, c.x, patterns.limit[c.pattern], patterns.most_lines)
    position, line, n_lines = assign(lines, patterns, c.pattern)
    assigned = line >= 0
    line = line.clamp(min=0)
    found = lines.physical & (lines.count > 0)
    misfit = q2 - position
    merit = _merit(q2, torch.where(assigned, misfit.abs(), torch.inf), sigma, n_lines)

    better = found & (merit > c.merit)
    much_better = found & (merit > c.merit * 1.001)
    c.since = torch.where(much_better, 0, c.since + 1)
    c.merit = torch.where(better, merit, c.merit)
    c.best = torch.where(better[:, None], c.x, c.best)
    c.age = c.age + 1
    stalled = c.since > stall

    state, drawn = drawn_peaks(c.state, c.x.shape[1], patterns.n_peaks)
    c.state = torch.where(found, state, c.state)
    kept = drawn & assigned
    rows = design(table, *(index.double() for index in lines.hkl(line)))
    change, solved = corrections(rows, torch.where(kept, weight, 0.0), misfit, RIDGE)
    solved &= found
    # leave an unphysical place: back to the best one, shaken
    state, fractions = random_fractions(c.state, c.x.shape[1])
    c.state = torch.where(solved, c.state, state)
    shaken = c.best * (1 + SHAKE * (2 * fractions - 1))
    c.x = torch.where(solved[:, None], c.x + change, shaken)
    c.since = c.since + (found & ~solved)
    return stalled | (c.since > stall)


def _merit(q2: torch.Tensor, misfit: torch.Tensor, sigma: torch.Tensor, n_lines: torch.Tensor) -> torch.Tensor:
    """Figure of merit, shape (n,); the formula stands at that of the compiled kernel."""
    n = q2.shape[1]
    expected = n_lines.clamp(max=n)
    scale = STUDENT_3 * expected / n_lines.clamp(min=1) * q2[:, -1] / n
    square = 1 + (misfit / sigma) ** 2 / 3
    density = scale[:, None] / (sigma * square * square) + OTHER_LINES
    return torch.exp((n - expected + density.log().sum(1)) / n)
