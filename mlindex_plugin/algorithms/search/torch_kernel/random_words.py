"""SplitMix64 on tensors: the random words of the compiled kernel, bit by bit."""

from __future__ import annotations

import torch

from mlindex_plugin.algorithms.search.kernel import draws_few

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_APART = 0xD1B54A32D192ED03


def _signed(word: int) -> int:
    """A word of 64 bits as the int64 of the same bits: torch has no unsigned arithmetic."""
    word &= _MASK
    return word - (1 << 64) if word >> 63 else word


def _shifted(word: torch.Tensor, n: int) -> torch.Tensor:
    """Logical shift to the right."""
    return (word >> n) & ((1 << (64 - n)) - 1)


def first_states(seed: int, n: int, device) -> torch.Tensor:
    """States of the n candidates of one block, shape (n,) of int64."""
    return torch.arange(n, device=device) * _signed(_APART) + _signed(seed * _STEP)


def next_words(state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The next states and one word of 64 bits each (Steele, Lea & Flood 2014); int64 wraps as unsigned does."""
    state = state + _signed(_STEP)
    z = state
    z = (z ^ _shifted(z, 30)) * _signed(0xBF58476D1CE4E5B9)
    z = (z ^ _shifted(z, 27)) * _signed(0x94D049BB133111EB)
    return state, z ^ _shifted(z, 31)


def drawn_peaks(state: torch.Tensor, n_free: int, n_peaks: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The next states and whether each peak is drawn, shape (n, n_peaks) of bool; a word lasts 63 peaks."""
    few, kept = draws_few(n_free, n_peaks), []
    state, word = _drawn(state, few)
    used = 0
    for i in range(n_peaks):
        if i & 63 == 63:
            state, word = _drawn(state, few)
            used = 0
        kept.append((word >> used) & 1)
        used += 1
    return state, torch.stack(kept, dim=1).bool()


def _drawn(state: torch.Tensor, few: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """The next states and a word of bits each, one with the probability 5/16 where `few`, else 1/2."""
    state, word = next_words(state)
    if few:
        state, second = next_words(state)
        state, third = next_words(state)
        state, fourth = next_words(state)
        word = (word & second | third) & fourth
    return state, word


def random_fractions(state: torch.Tensor, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The next states and n numbers in [0, 1) each, shape (..., n)."""
    fractions = []
    for _ in range(n):
        state, word = next_words(state)
        fractions.append(_shifted(word, 11).double() * 2.0**-53)
    return state, torch.stack(fractions, dim=1)
