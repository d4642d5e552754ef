"""How probable each ranked cell is, and that none of them is the true one.

A cell of logarithmic evidence e weighs exp(T e), and the answer that none is right weighs exp(T e0). T is below one
because the lines of a cell are no independent witnesses: they share its calibration, and are missing or foreign in
groups. e0 is the evidence at which the best of a pool is as likely found by chance as right. Some lists lead astray
whatever the evidence, those of which no peak tells the true cell from a smaller one: a small share is kept for them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.ranking.entry import Entry, short_lengths

_TOLERANCE = 0.01  # relative, in lengths


@dataclass(frozen=True)
class ProbabilityConstants:
    """Constants of the probability, chosen by `benchmarks/ranking_constants.py`, see docs/ranking.md.

    Attributes
    ----------
    temperature : float
        T, by which logarithmic evidence is multiplied.
    none : float
        e0, the logarithmic evidence of the answer that no cell is right.
    astray : float
        Share of lists that lead astray; a part of the probability of that answer.
    """

    temperature: float = 0.6
    none: float = 0.0
    astray: float = 0.05


def probabilities(
    entries: list[Entry], constants: ProbabilityConstants = ProbabilityConstants()
) -> tuple[np.ndarray, float]:
    """Probability that each cell is the true one, and that none is.

    Cells of one lattice, within the tolerance that counts as success (1 % in lengths), are one answer and have one
    probability. Those of different lattices and that of none add up to one.

    Parameters
    ----------
    entries : list of Entry
        Every ranked cell.
    constants : ProbabilityConstants

    Returns
    -------
    numpy.ndarray, shape (n,)
    float
    """
    if not entries:
        return np.empty(0), 1.0
    weight, none = weights(np.array([entry.evidence for entry in entries]), constants)
    return same_answer(entries) @ weight, none


def weights(evidence: np.ndarray, constants: ProbabilityConstants) -> tuple[np.ndarray, float]:
    """Share of each cell by its logarithmic evidence alone, and of none; together they are one."""
    logarithm = constants.temperature * np.append(evidence, constants.none)
    share = np.exp(logarithm - logarithm.max())
    share *= (1 - constants.astray) / share.sum()
    return share[:-1], float(share[-1]) + constants.astray


def same_answer(entries: list[Entry]) -> np.ndarray:
    """Which entries are of one lattice within the tolerance of success, bool, shape (n, n)."""
    volume = np.log([entry.primitive_volume for entry in entries])
    lengths = np.log([short_lengths(entry.niggli) for entry in entries])
    near = np.abs(volume[:, None] - volume) < 3 * _TOLERANCE
    return near & np.all(np.abs(lengths[:, None] - lengths) < _TOLERANCE, axis=2)
