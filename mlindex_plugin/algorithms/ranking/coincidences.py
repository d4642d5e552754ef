"""Cells whose axial ratios are just those that a lattice of fewer parameters gives them."""

from __future__ import annotations

from dataclasses import replace

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.ranking.entry import Entry
from mlindex_plugin.algorithms.ranking.frames import companions, index_of_sublattice

_FAR_BEHIND = 20.0  # natural logarithms; entries so far behind the first are not looked at
_NOT_FAR_BEHIND = 10.0  # nor sublattices so far behind it, which many cells have by chance
_INDICES = (2, 3, 4)
_SAME_VOLUME = 0.02  # relative


def charged_for_coincidences(entries: list[Entry], charge: float) -> list[Entry]:
    """Entries, with less evidence where another of fewer parameters explains their axial ratios.

    The other has the same lines (a geometric ambiguity), or all of theirs and some more: its lattice is a sublattice of
    index 2 to 4. A crystal has one of these ratios by chance only, while every crystal of the simpler lattice of which
    some lines are not seen gives rise to cells that have them.

    Parameters
    ----------
    entries : list of Entry
    charge : float
        Natural logarithm.

    Returns
    -------
    list of Entry
        In the same order.
    """
    best = max((entry.evidence for entry in entries), default=0.0)
    return [
        replace(entry, evidence=entry.evidence - charge)
        if entry.evidence > best - _FAR_BEHIND and _is_coincidence(entry, entries, best - _NOT_FAR_BEHIND)
        else entry
        for entry in entries
    ]


def _is_coincidence(entry: Entry, entries: list[Entry], least: float) -> bool:
    n_free = LATTICES[entry.symbol].n_free
    simpler = [other for other in entries if LATTICES[other.symbol].n_free < n_free]
    if any(companions(entry, simpler)):
        return True
    return any(other.evidence > least and _is_sublattice(other, entry) for other in simpler)


def _is_sublattice(other: Entry, entry: Entry) -> bool:
    """Whether the other's lattice is a sublattice of the entry's."""
    ratio = other.primitive_volume / entry.primitive_volume
    if all(abs(ratio / index - 1) > _SAME_VOLUME for index in _INDICES):
        return False
    return index_of_sublattice((entry.symbol, entry.cell), (other.symbol, other.cell)) in _INDICES
