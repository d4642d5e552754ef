"""Entries that are one crystal more than once."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict

import numpy as np

SIMILAR_VOLUME = 0.05  # relative, with the same composition
SAME_VOLUME = 1e-6  # relative; identical but for the last digit of the cell


def duplicate_families(lattices, compositions, volumes):
    """Families of entries that are linked by being duplicates.

    Two entries are duplicates if their Bravais lattices are the same and either their compositions are the same and
    their volumes within 5 %, or their volumes are identical (methods document, section 2.1.1).

    Parameters
    ----------
    lattices, compositions : sequence of str, length n
        See `composition`.
    volumes : numpy.ndarray, shape (n,)
        Of the conventional cell, Å³.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        For each entry the first of its family. Duplicates of duplicates belong to one family.
    """
    parent = np.arange(len(volumes))
    for i, j in _links(lattices, compositions, volumes):
        i, j = _root(parent, i), _root(parent, j)
        parent[max(i, j)] = min(i, j)
    return np.array([_root(parent, i) for i in range(len(parent))], dtype=np.int64)


def _links(lattices, compositions, volumes):
    """Pairs that connect each family: neighbours in order of volume are enough."""
    for keys, tolerance in ((list(zip(lattices, compositions, strict=True)), SIMILAR_VOLUME), (lattices, SAME_VOLUME)):
        members = defaultdict(list)
        for i in np.argsort(volumes, kind="stable").tolist():
            members[keys[i]].append(i)
        for ordered in members.values():
            for i, j in zip(ordered, ordered[1:], strict=False):
                if volumes[j] <= volumes[i] * (1 + tolerance):
                    yield i, j


def _root(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return int(i)


def redundant_entries(lattices, compositions, volumes, r_factors, identifiers):
    """Which entries to leave out so that no two of the others are duplicates.

    The entry with the lowest R-factor is kept; entries without one come after those with, in order of identifiers.

    Parameters
    ----------
    lattices, compositions, volumes
        As in `duplicate_families`.
    r_factors : numpy.ndarray, shape (n,)
        nan where none is known.
    identifiers : sequence of str, length n

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
    """
    unknown = ~np.isfinite(r_factors)
    order = sorted(range(len(volumes)), key=lambda i: (unknown[i], 0.0 if unknown[i] else r_factors[i], identifiers[i]))
    redundant = np.zeros(len(volumes), dtype=bool)
    kept = defaultdict(list)
    for i in order:
        keys = ((lattices[i], compositions[i]), SIMILAR_VOLUME), (lattices[i], SAME_VOLUME)
        if any(_any_near(kept[key], float(volumes[i]), tolerance) for key, tolerance in keys):
            redundant[i] = True
            continue
        for key, _ in keys:
            insort(kept[key], float(volumes[i]))
    return redundant


def _any_near(ordered, volume, tolerance):
    first = bisect_left(ordered, volume / (1 + tolerance))
    return first < len(ordered) and ordered[first] <= volume * (1 + tolerance)
