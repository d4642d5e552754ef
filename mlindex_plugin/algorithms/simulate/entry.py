"""One entry of a training set: a cell in the common setting, its lines, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Lines:
    """Powder lines in ascending order, of one cell.

    Attributes
    ----------
    q2 : numpy.ndarray, shape (n,)
        Exact positions, 1/Å².
    hkl : numpy.ndarray of int, shape (n, 3)
        Miller indices in the setting of the cell.
    intensity : numpy.ndarray, shape (n,)
        Integrated, any common scale; 0 for an allowed line that the atoms extinguish.
    """

    q2: np.ndarray
    hkl: np.ndarray
    intensity: np.ndarray

    def __len__(self) -> int:
        return len(self.q2)


@dataclass(frozen=True)
class Entry:
    """A crystal as the models are trained on it.

    Attributes
    ----------
    identifier : str
        Name of the CIF, or of the synthetic crystal.
    source : str
        ``structure``, or the population of a synthetic crystal.
    bravais_lattice : str
    space_group_number : int
    space_group : str
        Hermann-Mauguin symbol of the common setting.
    formula : str
        Of the asymmetric unit's contents, Hill order; what duplicates are told by.
    cell : numpy.ndarray, shape (6,)
        Å and degrees, common setting.
    change_of_basis : str
        Operator (xyz notation of cctbx) from the setting of the source to the common one.
    observable : tuple of Lines
        Lines that a pattern shows, at most 60, one list for each of the `broadening` of the data set.
    allowed : Lines
        Lines that the space group allows, at most 60, complete from the first on.
    """

    identifier: str
    source: str
    bravais_lattice: str
    space_group_number: int
    space_group: str
    formula: str
    cell: np.ndarray
    change_of_basis: str
    observable: tuple[Lines, ...]
    allowed: Lines
