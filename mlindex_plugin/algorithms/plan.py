"""What is searched, with how many peaks, and with how many candidates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.search import Observed, Unit
from mlindex_plugin.errors import InputError
from mlindex_plugin.phil.words import split_words

# Peaks beyond the free parameters that a lattice needs before anything can be said about it.
_SPARE_PEAKS = 2
_FIRST_TRIAL = 20
_SECOND_TRIAL = 40
_WORTH_A_SECOND_TRIAL = 5  # more peaks than the first trial has
_EFFORT = {"quick": 0.25, "normal": 1.0, "thorough": 4.0}
# Candidates of the first round, one block a lattice, by number of free parameters.
_CANDIDATES = {1: 50, 2: 200, 3: 600, 4: 1000, 6: 1000}
# Blocks of each later round, and their candidates, for the lattices that need many.
_BLOCKS = {"oP": 2, "mP": 3, "mC": 3, "aP": 6}
_BLOCK_SIZE = 1000
_BLOCKS_OF_A_MIXTURE = 2  # of each lattice, in the only round
# Rounds of each trial: of the only one, or of a first one that a second follows.
_N_ROUNDS = {1: (10,), 2: (2, 4)}
_MOST_LINES_PER_PEAK = 12


@dataclass(frozen=True)
class Block:
    """One block of candidates of a lattice, before the peaks are known."""

    symbol: str
    number: int
    n_candidates: int

    def unit(self, seed: int, max_volume: float, models: str | None) -> Unit:
        """The unit of work; `models` is the folder of trained models, None that of the package."""
        return Unit(self.symbol, self.number, self.n_candidates, seed, max_volume, models)


@dataclass(frozen=True)
class Plan:
    """Rounds of blocks; decisions fall between rounds."""

    rounds: tuple[tuple[Block, ...], ...]


def searchable(wanted, n_peaks: int, source: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Lattices to search, and those skipped for want of peaks.

    Parameters
    ----------
    wanted : sequence of str
        Value of ``search.bravais_lattices``: symbols, or ``all``.
    n_peaks : int
        The most peaks that will be used.
    source : str
        Of the peaks, for messages.

    Returns
    -------
    tuple of str, dict
        Symbols in the order of search; skipped symbol to the reason.

    Raises
    ------
    InputError
        For an unknown symbol, or where there are too few peaks for every lattice.
    """
    symbols = split_words(wanted)
    for symbol in symbols:
        if symbol not in LATTICES and symbol != "all":
            raise InputError(
                f"search.bravais_lattices={symbol}: not a Bravais lattice; choose all or some of {' '.join(LATTICES)}."
            )
    chosen = [s for s in LATTICES if s in symbols or "all" in symbols]
    if not chosen:
        raise InputError("search.bravais_lattices is empty: choose all or some of " + " ".join(LATTICES) + ".")
    skipped = {
        s: f"{n_peaks} peaks are too few: {LATTICES[s].n_free} parameters need {LATTICES[s].n_free + _SPARE_PEAKS}."
        for s in chosen
        if n_peaks < LATTICES[s].n_free + _SPARE_PEAKS
    }
    if len(skipped) == len(chosen):
        needed = min(LATTICES[s].n_free for s in chosen) + _SPARE_PEAKS
        raise InputError(f"{source}: {n_peaks} peaks are too few to search {' '.join(chosen)}; give at least {needed}.")
    return tuple(s for s in chosen if s not in skipped), skipped


def trial_lengths(available: int, wanted) -> tuple[int, ...]:
    """Numbers of peaks to try, one after the other.

    Twenty peaks usually decide; where one zone dominates them they say too little about one axis, and more do.

    Parameters
    ----------
    available : int
    wanted : int or libtbx.Auto
        Value of ``search.n_peaks``.
    """
    if isinstance(wanted, int):
        return (min(wanted, available),)
    if available < _FIRST_TRIAL + _WORTH_A_SECOND_TRIAL:
        return (min(_FIRST_TRIAL, available),)
    return (_FIRST_TRIAL, min(_SECOND_TRIAL, available))


def make_plans(symbols, effort: str, n_trials: int) -> tuple[Plan, ...]:
    """A plan for each trial: every lattice once, then round by round those of many parameters.

    Raises
    ------
    InputError
        For an unknown effort.
    """
    factor = _factor(effort)
    return tuple(_plan(symbols, factor, n_rounds) for n_rounds in _N_ROUNDS[n_trials])


def make_mixture_plan(symbols, effort: str) -> tuple[Plan, ...]:
    """The only plan where the peaks are of several phases: every lattice, in blocks that start from different peaks.

    Raises
    ------
    InputError
        For an unknown effort.
    """
    numbers = range(max(1, round(_factor(effort) * _BLOCKS_OF_A_MIXTURE)))
    return (Plan((tuple(Block(s, i, _CANDIDATES[LATTICES[s].n_free]) for s in symbols for i in numbers),)),)


def _factor(effort: str) -> float:
    """By which an effort multiplies candidates, rounds and blocks."""
    if effort not in _EFFORT:
        raise InputError(f"search.effort={effort}: choose one of {' '.join(_EFFORT)}.")
    return _EFFORT[effort]


def _plan(symbols, factor: float, n_rounds: int) -> Plan:
    first = tuple(Block(s, 0, round(factor * _CANDIDATES[LATTICES[s].n_free])) for s in symbols)
    rounds = [first]
    dear = [s for s in reversed(symbols) if s in _BLOCKS]
    for number in range(max(1, round(factor * n_rounds))):
        if dear:
            rounds.append(
                tuple(Block(s, 1 + number * _BLOCKS[s] + i, _BLOCK_SIZE) for s in dear for i in range(_BLOCKS[s]))
            )
    return Plan(tuple(rounds))


def largest_volume(symbol: str, observed: Observed, max_volume) -> float:
    """Largest conventional cell volume searched, Å³.

    ``Auto`` allows twelve lines to each peak: 4/3 π q³ V = N · points per cell · order of the Laue group.
    """
    if isinstance(max_volume, (int, float)):
        return float(max_volume)
    lattice = LATTICES[symbol]
    sphere = 4 / 3 * np.pi * observed.q2[-1] ** 1.5
    return _MOST_LINES_PER_PEAK * len(observed.q2) * lattice.n_centring * lattice.n_operations / sphere
