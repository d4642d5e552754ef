"""Copies of entries: rare symbols first."""

from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.simulate.augmentation.allocation import allocate_copies
from mlindex_plugin.errors import InputError

SYMBOLS = ["common"] * 100 + ["rare"] * 2 + ["middle"] * 20


def of_symbols(n, seed=0):
    copies = allocate_copies(SYMBOLS, n, np.random.default_rng(seed))
    assert copies.sum() == n and copies.max() <= 10
    return {symbol: int(copies[np.array(SYMBOLS) == symbol].sum()) for symbol in ("rare", "middle", "common")}


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, (0, 0, 0)),
        (10, (10, 0, 0)),
        (20, (19, 1, 0)),  # level 21
        (60, (20, 40, 0)),  # the rare ones have had their ten each
        (340, (20, 200, 120)),  # so have those in the middle
        (1220, (20, 200, 1000)),
    ],
)
def test_the_rarest_symbols_gain_first(n, expected):
    assert tuple(of_symbols(n).values()) == expected


def test_entries_of_a_symbol_are_copied_evenly():
    copies = allocate_copies(SYMBOLS, 250, np.random.default_rng(0))
    for symbol in set(SYMBOLS):
        own = copies[np.array(SYMBOLS) == symbol]
        assert own.max() - own.min() <= 1


def test_the_same_seed_gives_the_same_copies():
    one, two = (allocate_copies(SYMBOLS, 15, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one, two)


def test_more_than_ten_copies_of_each_are_refused():
    with pytest.raises(InputError, match="1221 copies of 122 entries; an entry is copied at most 10 times"):
        allocate_copies(SYMBOLS, 1221, np.random.default_rng(0))
    assert allocate_copies([], 0, np.random.default_rng(0)).tolist() == []
