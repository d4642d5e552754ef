"""Superstructures: cells twice as large as one that leaves only their few visible lines over.

A crystal that is nearly periodic with half its cell has weak lines where that half has none, and few of them are seen.
The evidence takes them for as visible as others, hence the half cell for likelier: what it leaves over costs it less
than the unseen lines cost the whole. Here the two are compared with a share for the weak lines.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import betaln

from mlindex_plugin.algorithms.ranking.entry import Entry
from mlindex_plugin.algorithms.ranking.evidence import (
    EvidenceConstants,
    advantage_over_contaminants,
    likeliest_scale,
    occam,
)
from mlindex_plugin.algorithms.ranking.frames import index_of_sublattice
from mlindex_plugin.algorithms.search import Observed

_FAR_BEHIND = 20.0  # natural logarithms
_SAME_VOLUME = 0.02  # relative


def with_superstructures(entries: list[Entry], observed: Observed, constants: EvidenceConstants) -> list[Entry]:
    """Entries, with more evidence where they are twice another cell and explain peaks that it leaves.

    Added is the evidence of the smaller cell, times what the peaks that only the larger one explains are likelier at
    its lines than as lines of other origin, times the probability B(n + 1, N - n + 1) that n certain ones of the N
    lines that it has alone are seen (every share equally likely; Laplace 1774).

    Parameters
    ----------
    entries : list of Entry
    observed : Observed
    constants : EvidenceConstants

    Returns
    -------
    list of Entry
        In the same order.
    """
    if observed.foreign or not entries:  # what a phase of a mixture leaves is another's
        return entries
    best = max(entry.evidence for entry in entries)
    volumes = np.array([entry.primitive_volume for entry in entries])
    raised = [entry.evidence for entry in entries]
    for half in entries:
        doubled = np.flatnonzero(np.abs(volumes / (2 * half.primitive_volume) - 1) < _SAME_VOLUME)
        if half.evidence < best - _FAR_BEHIND or not len(doubled):
            continue
        scale = likeliest_scale(half.refined, observed, constants)
        (explained,) = advantage_over_contaminants(half.refined, observed, scale, constants)
        if np.all(explained > 0):
            continue
        for i in doubled:
            gain = _gain(entries[i], half, explained, observed, scale, constants)
            # what does not come near the first changes nothing
            if half.evidence + gain < best - _FAR_BEHIND:
                continue
            if index_of_sublattice((half.symbol, half.cell), (entries[i].symbol, entries[i].cell)) == 2:
                raised[i] = float(np.logaddexp(raised[i], half.evidence + gain))
    return [replace(entry, evidence=evidence) for entry, evidence in zip(entries, raised, strict=True)]


def _gain(
    whole: Entry, half: Entry, explained: np.ndarray, observed: Observed, scale: float, constants: EvidenceConstants
) -> float:
    """Logarithm of how much likelier a doubled cell is than its half, as a superstructure; -inf where it adds none.

    `explained` is the advantage over contaminants that each peak has with the half.
    """
    (own,) = advantage_over_contaminants(whole.refined, observed, scale, constants)
    added, lost = (own > 0) & (explained <= 0), (own <= 0) & (explained > 0)
    n = int(added.sum())
    if n == 0:
        return -np.inf
    n_weak = max(int(whole.refined.n_distinct[0] - half.refined.n_distinct[0]), n)
    parameters = max(float(occam(whole.refined, scale)[0] - occam(half.refined, scale)[0]), 0)
    seen = betaln(n + 1, n_weak - n + 1)
    prior = np.log(constants.superstructure)
    return float(own[added].sum() - explained[lost].sum() + seen + prior - constants.price * parameters)
