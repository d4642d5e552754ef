"""Cell shapes: the lattice parameters but for the volume, as coordinates that every value of is a cell."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice import volumes_from_cells

FLATTEST = 0.1  # volume over the product of the axes
# How many logarithms of axis ratios, and which of the angles, a lattice leaves free.
_FREE = {
    "c": (0, ()),
    "t": (1, ()),
    "h": (1, ()),
    "o": (2, ()),
    "m": (2, (4,)),
    "a": (2, (3, 4, 5)),
}


def n_coordinates(lattice: str) -> int:
    """Number of coordinates of a shape: free lattice parameters less one."""
    ratios, angles = _FREE[lattice[0]]
    return ratios + len(angles)


def shapes_from_cells(lattice: str, cells: np.ndarray) -> np.ndarray:
    """Coordinates of the shapes of cells in the reference setting.

    Parameters
    ----------
    lattice : str
        Bravais lattice.
    cells : numpy.ndarray, shape (n, 6)
        Å and degrees.

    Returns
    -------
    numpy.ndarray, shape (n, m)
        ln(c/a) for tetragonal and hexagonal axes, ln(a/c) and ln(b/c) for the others, then the free angles in degrees.
    """
    a, b, c = np.log(np.asarray(cells, dtype=float)[:, :3]).T
    ratios, angles = _FREE[lattice[0]]
    columns = ([], [c - a], [a - c, b - c])[ratios] + [cells[:, angle] for angle in angles]
    return np.stack(columns, axis=1) if columns else np.empty((len(cells), 0))


def cell_of_shape(lattice: str, shape: np.ndarray, volume: float) -> np.ndarray | None:
    """The cell of a shape and a volume.

    Parameters
    ----------
    lattice : str
    shape : numpy.ndarray, shape (m,)
        From `shapes_from_cells`.
    volume : float
        Å³.

    Returns
    -------
    numpy.ndarray, shape (6,), or None
        Å and degrees; None where no cell has these angles.
    """
    ratios, angles = _FREE[lattice[0]]
    cell = np.array([1.0, 1, 1, 90, 90, 120 if lattice[0] == "h" else 90])
    if ratios == 1:
        cell[2] = np.exp(shape[0])
    elif ratios == 2:
        cell[:2] = np.exp(shape[:2])
    cell[list(angles)] = shape[ratios:]
    if np.any((cell[3:] <= 0) | (cell[3:] >= 180)):
        return None
    at_these_axes = volumes_from_cells(cell)
    if not at_these_axes >= FLATTEST * cell[:3].prod():  # also where it is nan
        return None
    cell[:3] *= (volume / at_these_axes) ** (1 / 3)
    return cell
