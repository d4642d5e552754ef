"""Peak lists whose cells are known: what the models of one lattice are trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

N_PEAKS = 60  # the longest list that a model sees


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Peak lists of one Bravais lattice, ascending, nan beyond the last peak of each.

    Attributes
    ----------
    symbol : str
        Bravais lattice.
    q2 : numpy.ndarray, shape (n, N_PEAKS)
        Positions as an experiment would give them, 1/Å².
    hkl : numpy.ndarray of int16, shape (n, N_PEAKS, 3)
        True Miller indices in the search setting; 0 0 0 for contaminants and beyond the last peak.
    x : numpy.ndarray, shape (n, n_free)
        True free xnn in the search setting, 1/Å².
    cells : numpy.ndarray, shape (n, 6)
        The same as cells, Å and degrees.
    group : numpy.ndarray of int, shape (n,)
        Index in `groups`.
    groups : tuple of str
        Groups of reflection conditions.
    family : numpy.ndarray of int, shape (n,)
        Lists of one crystal, its duplicates and augmented copies share a number; what is held out is held out by it.
    """

    symbol: str
    q2: np.ndarray
    hkl: np.ndarray
    x: np.ndarray
    cells: np.ndarray
    group: np.ndarray
    groups: tuple[str, ...]
    family: np.ndarray

    def __len__(self) -> int:
        return len(self.q2)

    @property
    def n_peaks(self) -> np.ndarray:
        """Number of peaks of each list, shape (n,)."""
        return np.isfinite(self.q2).sum(axis=1)

    def take(self, rows) -> TrainingSet:
        """Some of the lists.

        Parameters
        ----------
        rows : numpy.ndarray
            Indices, or a mask.
        """
        return TrainingSet(
            self.symbol,
            self.q2[rows],
            self.hkl[rows],
            self.x[rows],
            self.cells[rows],
            self.group[rows],
            self.groups,
            self.family[rows],
        )
