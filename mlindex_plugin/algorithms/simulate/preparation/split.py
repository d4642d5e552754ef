"""Training and validation entries."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict

import numpy as np

VALIDATION_SHARE = 0.2


def validation_entries(symbols, families, identifiers, seed, recorded=None):
    """Choose the validation entries: a fifth of each Hermann-Mauguin symbol, families undivided.

    The order in which families are drawn is a hash of the seed and the family's first identifier, so that the choice
    depends on neither the order of the entries nor on any state. Rare symbols choose first; a family that an earlier
    symbol has drawn stays where it is.

    Parameters
    ----------
    symbols : sequence of str, length n
        Hermann-Mauguin symbols of the common setting.
    families : sequence of int, length n
    identifiers : sequence of str, length n
    seed : int
    recorded : dict of int to bool, optional
        Families whose side is known from an earlier choice: True for validation. They keep it.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
    """
    ticket = _tickets(families, identifiers, seed)
    by_symbol = defaultdict(Counter)
    for symbol, family in zip(symbols, families, strict=True):
        by_symbol[symbol][family] += 1
    chosen = dict(recorded or {})
    for symbol in sorted(by_symbol, key=lambda s: (sum(by_symbol[s].values()), s)):
        members = by_symbol[symbol]
        wanted = round(VALIDATION_SHARE * sum(members.values()))
        have = sum(n for family, n in members.items() if chosen.get(family))
        for family in sorted((f for f in members if f not in chosen), key=ticket.get):
            chosen[family] = have + members[family] <= wanted
            have += members[family] if chosen[family] else 0
    return np.array([chosen[family] for family in families], dtype=bool)


def _tickets(families, identifiers, seed):
    first = {}
    for family, identifier in zip(families, identifiers, strict=True):
        first[family] = min(first.get(family, identifier), identifier)
    return {f: hashlib.sha256(f"{seed} {name}".encode()).digest() for f, name in first.items()}
