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
)
from mlindex_plugin.algorithms.lattice.reference import square_sums
from mlindex_plugin.algorithms.lattice.substructures import Substructures, substructures

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
    """Integer codes, sums of squares and substructures of one lattice, as compiled functions take them."""

    family: int
    hexagonal: bool
    centring: int
    reps: np.ndarray
    substructures: Substructures

    @property
    def codes(self):
        """(family, hexagonal, centring, reps): the leading arguments of the compiled functions."""
        return self.family, self.hexagonal, self.centring, self.reps


@cache
def lattice_table(symbol: str) -> LatticeTable:
    """Table of a Bravais lattice by symbol."""
    lattice = LATTICES[symbol]
    return LatticeTable(
        _FAMILY[lattice.system],
        lattice.system == "hexagonal",
        CENTRING_CODE[lattice.centring],
        square_sums(lattice),
        substructures(symbol),
    )
