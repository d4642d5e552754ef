"""What the compiled functions need to know of a lattice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from mlindex_plugin.algorithms.lattice.bravais import LATTICES
from mlindex_plugin.algorithms.lattice.lines import (
    CENTRING_CODE,
    CUBIC,
    MONOCLINIC,
    ORTHORHOMBIC,
    TRICLINIC,
    UNIAXIAL,
    find_lines,
)
from mlindex_plugin.algorithms.lattice.reference import square_sums

_FAMILY = {
    "cubic": CUBIC,
    "tetragonal": UNIAXIAL,
    "hexagonal": UNIAXIAL,
    "orthorhombic": ORTHORHOMBIC,
    "monoclinic": MONOCLINIC,
    "triclinic": TRICLINIC,
}


@dataclass(frozen=True)
class LatticeTable:
    """Integer codes and sums of squares of one lattice, in the order in which compiled functions take them."""

    family: int
    hexagonal: bool
    centring: int
    reps: np.ndarray

    @property
    def codes(self):
        """(family, hexagonal, centring, reps): the leading arguments of the compiled functions."""
        return self.family, self.hexagonal, self.centring, self.reps

    def lines(self, x: np.ndarray, limit: float, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Lines of a cell, as `find_lines` has them, in ascending order.

        Parameters
        ----------
        x : numpy.ndarray, shape (n_free,)
            Free xnn, 1/Å².
        limit : float
            1/Å².
        most : int
            Room for lines.

        Returns
        -------
        q2 : numpy.ndarray, shape (n,)
            1/Å²; none where `x` is no cell or there is too little room.
        codes : numpy.ndarray of int, shape (n,)
            Packed Miller indices in the setting of the search.
        """
        q2, codes = np.empty(most), np.empty(most, np.int64)
        n = max(find_lines(self.family, self.centring, self.reps, x.copy(), limit, most, q2, codes), 0)
        order = np.argsort(q2[:n], kind="stable")
        return q2[order], codes[order]


@cache
def lattice_table(symbol: str) -> LatticeTable:
    """Table of a Bravais lattice by symbol."""
    lattice = LATTICES[symbol]
    return LatticeTable(
        _FAMILY[lattice.system], lattice.system == "hexagonal", CENTRING_CODE[lattice.centring], square_sums(lattice)
    )
