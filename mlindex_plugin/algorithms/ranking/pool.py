"""The pool of refined candidates of all lattices, best first, each lattice of points once."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.ranking.coincidences import charged_for_coincidences
from mlindex_plugin.algorithms.ranking.entry import N_SHORT, Entry, entry_of, geometry_of
from mlindex_plugin.algorithms.ranking.evidence import CHOSEN, EvidenceConstants, log_evidence
from mlindex_plugin.algorithms.ranking.superstructures import with_superstructures
from mlindex_plugin.algorithms.search import Observed, Refined

_KEPT = 60
# Two cells are one where their reduced volumes and lines agree to this relative tolerance.
_TOLERANCE = 3e-3


def rank(results, observed: Observed, constants: EvidenceConstants = CHOSEN) -> list[Entry]:
    """Rank candidates over all lattices.

    Parameters
    ----------
    results : iterable of (str, Refined)
        Lattice symbol and its refined candidates.
    observed : Observed
    constants : EvidenceConstants

    Returns
    -------
    list of Entry
        At most 60, highest evidence first; equal point lattices are kept once, with the lattice symbol that has
        the highest evidence, or one of fewer parameters that is hardly behind: a metric that happens to be more
        symmetric than its crystal is rare. For the same reason cells are `charged_for_coincidences`. Superstructures
        have the evidence of `with_superstructures`.
    """
    scored = []
    for symbol, refined in _by_lattice(results):  # many small arrays would cost more than their numbers
        evidence = log_evidence(refined, observed, constants)
        scored += [(evidence[i], symbol, refined, i) for i in np.flatnonzero(np.isfinite(evidence))]
    scored.sort(key=lambda s: (-s[0], s[1], tuple(s[2].x[s[3]])))
    entries: list[Entry] = []
    highest: list[float] = []  # evidence of each entry's lattice, whatever the symbol that is kept
    seen = set()
    volumes, lengths = np.empty(_KEPT), np.empty((_KEPT, N_SHORT))
    for evidence, symbol, refined, i in scored:
        if len(entries) == _KEPT:
            break
        key = symbol, round(evidence, 4), *np.round(refined.x[i], 6)
        if key in seen:  # the same cell, from another block
            continue
        seen.add(key)
        geometry = geometry_of(symbol, tuple(refined.x[i].tolist()))
        if geometry is None:
            continue
        n = len(entries)
        equal = np.abs(volumes[:n] / geometry.primitive_volume - 1) < 3 * _TOLERANCE
        equal &= np.all(np.abs(lengths[:n] / geometry.short - 1) < 2 * _TOLERANCE, axis=1)
        one = slice(i, i + 1)
        if not equal.any():
            volumes[n], lengths[n] = geometry.primitive_volume, geometry.short
            entries.append(entry_of(symbol, refined.take(one), float(evidence)))
            highest.append(float(evidence))
            continue
        k = int(np.argmax(equal))
        fewer = LATTICES[symbol].n_free < LATTICES[entries[k].symbol].n_free
        if fewer and evidence > highest[k] - constants.coincidence:
            entries[k] = entry_of(symbol, refined.take(one), float(evidence))
    entries = with_superstructures(entries, observed, constants)
    entries = charged_for_coincidences(entries, constants.coincidence)
    return sorted(entries, key=lambda entry: -entry.evidence)


def _by_lattice(results) -> list[tuple[str, Refined]]:
    """Candidates of each lattice together."""
    together: dict[str, list[Refined]] = {}
    for symbol, refined in results:
        together.setdefault(symbol, []).append(refined)
    return [(symbol, Refined.joined(parts)) for symbol, parts in together.items()]
