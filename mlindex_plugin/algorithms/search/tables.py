"""What the compiled functions need to know of a lattice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, square_sums
from mlindex_plugin.algorithms.search.lines import (
    CENTRING_CODE,
    CUBIC,
    MONOCLINIC,
    ORTHORHOMBIC,
    TRICLINIC,
    UNIAXIAL,
)

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
    def arguments(self):
        """The leading arguments of the compiled functions."""
        return self.family, self.hexagonal, self.centring, self.reps


@cache
def lattice_table(symbol: str) -> LatticeTable:
    """Table of a Bravais lattice by symbol."""
    lattice = LATTICES[symbol]
    return LatticeTable(
        _FAMILY[lattice.system], lattice.system == "hexagonal", CENTRING_CODE[lattice.centring], square_sums(lattice)
    )
