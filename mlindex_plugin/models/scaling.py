"""Scaling of line positions and cell parameters to the order of one, for each lattice system."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.errors import InputError

# Which of a, b, c, alpha, beta, gamma are free.
FREE_PARAMETERS = {
    "cubic": (0,),
    "tetragonal": (0, 2),
    "hexagonal": (0, 2),
    "rhombohedral": (0, 2),
    "orthorhombic": (0, 1, 2),
    "monoclinic": (0, 1, 2, 4),
    "triclinic": (0, 1, 2, 3, 4, 5),
}


def lattice_system(bravais_lattice: str) -> str:
    """Lattice system of a Bravais lattice; rhombohedral lattices, though on hexagonal axes, are one of their own."""
    return "rhombohedral" if bravais_lattice == "hR" else LATTICES[bravais_lattice].system


def fill_cells(system: str, values: np.ndarray) -> np.ndarray:
    """Cells, shape (n, 6) in Å and degrees, from their free parameters, shape (n, n_free).

    Parameters
    ----------
    system : str
        A key of `FREE_PARAMETERS`.
    values : numpy.ndarray
    """
    free = FREE_PARAMETERS[system]
    cells = np.full((len(values), 6), 90.0)
    cells[:, free] = values
    if 1 not in free:
        cells[:, 1] = cells[:, 0]
    if 2 not in free:
        cells[:, 2] = cells[:, 0]
    if system in ("hexagonal", "rhombohedral"):
        cells[:, 5] = 120.0
    return cells


@dataclass(frozen=True)
class Scaling:
    """Scaling of one lattice system; section 2.1.4 of the methods document.

    Attributes
    ----------
    system : str
        A key of `FREE_PARAMETERS`.
    length_mean, length_std : float
        Å, of all free cell lengths together.
    angle_std : float
        Radians, of all free angles that are not right; 1 where the system has no free angle.
    q2_mean, q2_std : float
        1/Å², of the lines together, whatever their order.
    """

    system: str
    length_mean: float
    length_std: float
    angle_std: float
    q2_mean: float
    q2_std: float

    @classmethod
    def fit(cls, system, cells, q2) -> Scaling:
        """Scaling from training entries.

        Parameters
        ----------
        system : str
        cells : numpy.ndarray, shape (n, 6)
            Å and degrees.
        q2 : numpy.ndarray, shape (m,)
            Lines of all entries, 1/Å².

        Returns
        -------
        Scaling

        Raises
        ------
        InputError
            If the cells or the lines are all alike.
        """
        free = list(FREE_PARAMETERS[system])
        lengths = cells[:, [i for i in free if i < 3]]
        angles = np.radians(cells[:, [i for i in free if i >= 3]] - 90)
        oblique = angles[angles != 0]
        has_angles = max(free) >= 3
        angle_std = float(oblique.std()) if oblique.size else 0.0
        if not (lengths.std() > 0 and np.std(q2) > 0 and (angle_std > 0 or not has_angles)):
            raise InputError(f"Scaling: {len(cells)} {system} cells that are all alike; give more training entries.")
        return cls(
            system,
            float(lengths.mean()),
            float(lengths.std()),
            angle_std if has_angles else 1.0,
            float(np.mean(q2)),
            float(np.std(q2)),
        )

    @property
    def n_free(self) -> int:
        """Number of free cell parameters."""
        return len(FREE_PARAMETERS[self.system])

    def scale_cells(self, cells) -> np.ndarray:
        """Free parameters scaled, shape (n, n_free), from cells in Å and degrees, shape (n, 6)."""
        free = np.array(FREE_PARAMETERS[self.system])
        values = np.asarray(cells, dtype=float)[:, free]
        scaled_lengths = (values - self.length_mean) / self.length_std
        return np.where(free < 3, scaled_lengths, np.radians(values - 90) / self.angle_std)

    def unscale_cells(self, scaled) -> np.ndarray:
        """Cells in Å and degrees, shape (n, 6), from scaled free parameters, shape (n, n_free)."""
        free = np.array(FREE_PARAMETERS[self.system])
        scaled = np.asarray(scaled, dtype=float)
        angles = np.degrees(scaled * self.angle_std) + 90
        values = np.where(free < 3, scaled * self.length_std + self.length_mean, angles)
        return fill_cells(self.system, values)

    def scale_q2(self, q2) -> np.ndarray:
        """Line positions scaled, any shape."""
        return (np.asarray(q2) - self.q2_mean) / self.q2_std
