"""What mixture networks predict of a cell: its free parameters without unit, any real number allowed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, free_xnn, full_xnn
from mlindex_plugin.models.scaling import FREE_PARAMETERS, fill_cells, lattice_system


@dataclass(frozen=True)
class CellTargets:
    """Targets of one Bravais lattice, one for each free cell parameter.

    Logarithms of the lengths times the square root of the peaks' scale; cosines of the angles.

    Attributes
    ----------
    symbol : str
        Bravais lattice.
    """

    symbol: str

    @property
    def n_lengths(self) -> int:
        """Number of targets that are lengths; they come first."""
        return sum(i < 3 for i in FREE_PARAMETERS[lattice_system(self.symbol)])

    def from_xnn(self, x: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Targets of cells.

        Parameters
        ----------
        x : numpy.ndarray, shape (n, n_free)
            Free xnn of cells, 1/Å².
        scale : numpy.ndarray, shape (n,)
            1/Å².

        Returns
        -------
        numpy.ndarray, shape (n, n_free)
        """
        cells = cells_from_xnn(full_xnn(LATTICES[self.symbol], x))
        values = cells[:, FREE_PARAMETERS[lattice_system(self.symbol)]]
        n = self.n_lengths
        lengths = np.log(values[:, :n] * np.sqrt(scale)[:, None])
        return np.concatenate([lengths, np.cos(np.radians(values[:, n:]))], axis=1)

    def to_xnn(self, targets: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Free xnn, shape (n, n_free) in 1/Å², from targets; nan or not physical where the cosines make no cell."""
        lattice, n = LATTICES[self.symbol], self.n_lengths
        lengths = np.exp(targets[:, :n]) / np.sqrt(scale)[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            angles = np.degrees(np.arccos(targets[:, n:]))
            cells = fill_cells(lattice_system(self.symbol), np.concatenate([lengths, angles], axis=1))
            return free_xnn(lattice, cells)
