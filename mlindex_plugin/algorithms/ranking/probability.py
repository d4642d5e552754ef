"""How probable each ranked cell is, and that none of them is the true one.

A cell of logarithmic evidence e weighs exp(T e), and the answer that none is right weighs exp(T e0). T is below one
because the lines of a cell are no independent witnesses: they share its calibration, and are missing or foreign in
groups. e0 is the evidence at which the best of a pool is as likely found by chance as right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ProbabilityConstants:
    """Constants of the probability, chosen by `benchmarks/ranking_constants.py`, see docs/ranking.md.

    Attributes
    ----------
    temperature : float
        T, by which logarithmic evidence is multiplied.
    none : float
        e0, the logarithmic evidence of the answer that no cell is right.
    """

    temperature: float = 0.34
    none: float = 0.0


def probabilities(
    evidence: np.ndarray, constants: ProbabilityConstants = ProbabilityConstants()
) -> tuple[np.ndarray, float]:
    """Probability of each cell, and that none of them is right; together they are one.

    Parameters
    ----------
    evidence : numpy.ndarray, shape (n,)
        Logarithmic, of all ranked cells.
    constants : ProbabilityConstants

    Returns
    -------
    numpy.ndarray, shape (n,)
    float
    """
    weight = constants.temperature * np.append(evidence, constants.none)
    weight = np.exp(weight - weight.max())
    weight /= weight.sum()
    return weight[:-1], float(weight[-1])
