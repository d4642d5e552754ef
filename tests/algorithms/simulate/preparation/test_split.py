from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.simulate.preparation.split import validation_entries


def crystals(n=600):
    rng = np.random.default_rng(8)
    symbols = rng.choice(["P 1 21/n 1", "P -1", "I 1 2/a 1", "P 21 21 21"], n, p=[0.5, 0.3, 0.15, 0.05])
    families = rng.integers(0, n // 2, n)  # families of several, some over two symbols
    return symbols.tolist(), families.tolist(), [f"crystal {i:04d}" for i in range(n)]


def test_a_fifth_of_every_symbol():
    symbols, families, names = crystals()
    chosen = validation_entries(symbols, families, names, seed=0)
    for symbol in set(symbols):
        of_symbol = chosen[np.array(symbols) == symbol]
        assert abs(of_symbol.sum() - 0.2 * len(of_symbol)) <= 3


def test_no_family_is_on_both_sides():
    symbols, families, names = crystals()
    chosen = validation_entries(symbols, families, names, seed=0)
    assert not set(np.array(families)[chosen]) & set(np.array(families)[~chosen])


def test_the_order_of_the_entries_does_not_matter_but_the_seed_does():
    symbols, families, names = crystals()
    chosen = validation_entries(symbols, families, names, seed=0)
    order = np.random.default_rng(1).permutation(len(names))
    shuffled = validation_entries(*([column[i] for i in order] for column in (symbols, families, names)), seed=0)
    assert shuffled.tolist() == chosen[order].tolist()
    other = validation_entries(symbols, families, names, seed=1)
    assert 0.1 < np.mean(other[chosen]) < 0.4  # a fifth of those chosen, by chance


def test_recorded_families_keep_their_side_and_the_others_fill_up():
    symbols, families, names = crystals()
    recorded = {family: family % 5 == 0 for family in range(100)}
    chosen = validation_entries(symbols, families, names, 0, recorded)
    known = np.array(families) < 100
    assert chosen[known].tolist() == [family % 5 == 0 for family in families if family < 100]
    assert abs(chosen.mean() - 0.2) < 0.02
    assert not set(np.array(families)[chosen]) & set(np.array(families)[~chosen])


def test_single_entries_are_for_training():
    assert validation_entries(["P 1", "P 2"], [0, 1], ["a", "b"], 0).tolist() == [False, False]
    assert validation_entries(["P 1"] * 5, range(5), list("abcde"), 0).sum() == 1
    assert validation_entries([], [], [], 0).tolist() == []
