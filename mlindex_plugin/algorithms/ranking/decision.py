"""When to stop searching."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, hkl_design, unpack
from mlindex_plugin.algorithms.ranking.entry import Entry
from mlindex_plugin.algorithms.ranking.frames import companions
from mlindex_plugin.algorithms.search import NO_LINE, Observed

# Natural logarithms of evidence ratios: over random lines, and over the next different cell.
_OVER_RANDOM = 30.0
_OVER_NEXT = 6.0
_LEAST_EXPLAINED = 0.94
_LEAST_PER_PARAMETER = 3  # indexed peaks that say something about each parameter
_WITHIN = 3.0  # standard errors


def convincing(entries: list[Entry], observed: Observed) -> bool:
    """Whether the first of the ranked entries can be taken for the answer.

    It must explain nearly all peaks, every parameter by several of them, and be far likelier than random lines and
    than every other cell but those that have the same lines, between which no search can decide.

    Parameters
    ----------
    entries : list of Entry
        Ranked.
    observed : Observed
    """
    if not entries or entries[0].evidence < _OVER_RANDOM:
        return False
    best = entries[0]
    if _rivals(entries):
        return False
    line, code = best.refined.line[0], best.refined.code[0]
    corrected = observed.corrected(best.refined.shift[0])
    indexed = (code != NO_LINE) & (np.abs(line - corrected) < _WITHIN * observed.sigma)
    if indexed.mean() < _LEAST_EXPLAINED:
        return False
    hkl = np.stack(unpack(code[indexed]), axis=1)
    spoken_of = (hkl_design(LATTICES[best.symbol], hkl) != 0).sum(axis=0)
    return bool(np.all(spoken_of >= _LEAST_PER_PARAMETER))


def _rivals(entries: list[Entry]) -> bool:
    """Whether a cell with other lines is about as likely as the first."""
    near = [entry for entry in entries[1:] if entries[0].evidence - entry.evidence < _OVER_NEXT]
    return bool(near) and not all(companions(entries[0], near))
