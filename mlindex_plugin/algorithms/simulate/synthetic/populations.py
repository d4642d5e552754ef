"""The named populations: which space groups, how large, how much the atoms move."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.algorithms.simulate.synthetic.statistics import shipped_statistics
from mlindex_plugin.errors import InputError

# Percent of molecular crystals. The first six are the known proportions of the Cambridge Structural Database to a
# percent; the others, which share what is left, are small there and their sizes here an assumption.
_KNOWN = {14: 35.0, 2: 25.0, 15: 8.0, 19: 8.0, 4: 5.0, 61: 3.0}
_RARER = {
    33: 1.4, 62: 1.1, 9: 1.1, 1: 1.0, 60: 0.9, 5: 0.9, 29: 0.75, 148: 0.65, 13: 0.65, 11: 0.5, 12: 0.5, 18: 0.45,
    7: 0.45, 56: 0.4, 88: 0.4, 43: 0.3, 167: 0.25, 41: 0.2, 20: 0.2, 86: 0.2, 92: 0.2, 96: 0.2, 85: 0.15, 114: 0.15,
    82: 0.15, 45: 0.15, 147: 0.15, 161: 0.15, 146: 0.1, 122: 0.1, 70: 0.1, 64: 0.1, 63: 0.1, 76: 0.1, 78: 0.1, 144: 0.1,
    145: 0.1, 152: 0.1, 154: 0.1, 169: 0.1, 170: 0.1, 173: 0.1, 205: 0.1, 113: 0.05, 73: 0.05, 72: 0.05, 198: 0.05,
    220: 0.03, 206: 0.02, 203: 0.01, 219: 0.01,
}  # fmt: skip
# Layered compounds: equal shares of mP, mC, oP, oC and tP.
_LAYERED = {14: 16.0, 4: 4.0, 15: 15.0, 5: 5.0, 61: 10.0, 19: 5.0, 62: 5.0, 64: 10.0, 20: 10.0, 85: 10.0, 114: 10.0}


@dataclass(frozen=True)
class Population:
    """What tells one population of synthetic crystals from another.

    Attributes
    ----------
    name : str
    max_volume : float
        Of the conventional cell, Å³.
    max_atoms : int
        In the asymmetric unit.
    u_iso : float
        Mean square displacement of every atom, Å².
    layered_share : float or None
        Of crystals of the lattices that layered compounds have; None where contents and cells are those learned.
    """

    name: str
    max_volume: float
    max_atoms: int
    u_iso: float
    layered_share: float | None = None

    def space_groups(self) -> np.ndarray:
        """Probability of each space group, shape (230,)."""
        if self.layered_share is None:
            weights = shipped_statistics()[self.name].space_groups.astype(float)
        else:
            weights = _percent(_LAYERED if self.layered_share == 1 else _molecular())
        return weights / weights.sum()


POPULATIONS = {
    population.name: population
    for population in (
        Population("inorganic", max_volume=7000, max_atoms=99, u_iso=0.01),
        Population("framework", max_volume=30000, max_atoms=250, u_iso=0.03),
        Population("molecular", max_volume=12000, max_atoms=150, u_iso=0.04, layered_share=0.15),
        Population("layered", max_volume=12000, max_atoms=150, u_iso=0.04, layered_share=1),
    )
}


def _percent(shares: dict[int, float]) -> np.ndarray:
    weights = np.zeros(230)
    weights[np.array(list(shares)) - 1] = list(shares.values())
    return weights


def _molecular() -> dict[int, float]:
    left = (100 - sum(_KNOWN.values())) / sum(_RARER.values())
    return _KNOWN | {number: left * share for number, share in _RARER.items()}


@cache
def space_group_probabilities(name: str, bravais_lattice: str | None = None) -> np.ndarray:
    """Probability of each space group of a population.

    Parameters
    ----------
    name : str
    bravais_lattice : str or None
        Only groups of this lattice.

    Returns
    -------
    numpy.ndarray, shape (230,)

    Raises
    ------
    InputError
        If there is no such population, or it has no crystals of that lattice.
    """
    if name not in POPULATIONS:
        raise InputError(f"{name}: no such population; there are {', '.join(POPULATIONS)}.")
    weights = POPULATIONS[name].space_groups()
    if bravais_lattice is not None:
        lattices = np.array([space_group(number).bravais_lattice for number in range(1, 231)])
        weights = weights * (lattices == bravais_lattice)
    if not weights.any():
        raise InputError(f"{name}: the population has no crystals of lattice {bravais_lattice}; choose another.")
    return weights / weights.sum()
