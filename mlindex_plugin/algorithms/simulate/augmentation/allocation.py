"""How many copies of each entry: rare symbols first."""

from __future__ import annotations

from collections import Counter

import numpy as np

from mlindex_plugin.errors import InputError

MOST_COPIES = 10


def allocate_copies(space_groups, n, rng) -> np.ndarray:
    """Share copies among entries so that the rarest symbols gain first.

    A common level is sought: each symbol with fewer entries is raised towards it, as far as ten copies of each of its
    entries go, so that the copies sum up to `n`. Entries of a symbol get the same number of copies, up to one; who
    gets one more is drawn.

    Parameters
    ----------
    space_groups : sequence of str, length m
    n : int
        Copies wanted.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of int, shape (m,)

    Raises
    ------
    InputError
        If `n` is more than ten copies of each.
    """
    if not 0 <= n <= MOST_COPIES * len(space_groups):
        raise InputError(
            f"Augmentation: {n} copies of {len(space_groups)} entries; an entry is copied at most {MOST_COPIES} times."
        )
    counts = Counter(space_groups)
    wanted = _copies_of_symbols(counts, n)
    copies = np.zeros(len(space_groups), dtype=int)
    symbols = np.array(space_groups)
    for symbol in sorted(counts):
        members = np.flatnonzero(symbols == symbol)
        each, more = divmod(wanted[symbol], len(members))
        copies[members] = each
        copies[rng.permutation(members)[:more]] += 1
    return copies


def _copies_of_symbols(counts, n):
    """Copies of each symbol at the highest level that `n` reaches; what is over goes to the rarest first."""

    def at_level(level):
        return {s: min(max(level - have, 0), MOST_COPIES * have) for s, have in counts.items()}

    low, high = 0, (MOST_COPIES + 1) * max(counts.values(), default=0)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(at_level(middle).values()) <= n:
            low = middle
        else:
            high = middle - 1
    wanted, next_level = at_level(low), at_level(low + 1)
    over = n - sum(wanted.values())
    for symbol in sorted(counts, key=lambda s: (counts[s], s)):
        if over and next_level[symbol] > wanted[symbol]:
            wanted[symbol] += 1
            over -= 1
    return wanted
