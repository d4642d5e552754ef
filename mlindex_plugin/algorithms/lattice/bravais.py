"""The 14 Bravais lattices: free parameters, settings, conversions between xnn and unit cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Lattice systems, by what is left free of (x_hh, x_kk, x_ll, x_hk, x_hl, x_kl). Rhombohedral lattices are
# searched on hexagonal axes (obverse): two squares instead of two coupled terms, hence complete reference lines.
_COLUMNS = {
    "cubic": (0,),
    "tetragonal": (0, 2),
    "hexagonal": (0, 2),
    "orthorhombic": (0, 1, 2),
    "monoclinic": (0, 1, 2, 4),
    "triclinic": (0, 1, 2, 3, 4, 5),
}


@dataclass(frozen=True)
class BravaisLattice:
    """One Bravais lattice in the setting in which it is searched.

    Attributes
    ----------
    symbol : str
        ``cF`` ... ``aP``.
    system : str
        Lattice system of the search setting; hR counts as hexagonal.
    centring : str
        Centring of the search setting: P, I, F, C or R (mC is searched body-centred, hence I).
    n_centring : int
        Lattice points per cell of the search setting.
    space_group : str
        Group of the rotations of the lattice in the conventional setting.
    n_operations : int
        Order of the Laue group; a general line has this many reflections.
    """

    symbol: str
    system: str
    centring: str
    n_centring: int
    space_group: str
    n_operations: int

    @property
    def n_free(self) -> int:
        """Number of free parameters of xnn."""
        return len(_COLUMNS[self.system])

    @property
    def columns(self) -> tuple[int, ...]:
        """Columns of the full xnn that are free in this lattice."""
        return _COLUMNS[self.system]


LATTICES = {
    lattice.symbol: lattice
    for lattice in (
        BravaisLattice("cF", "cubic", "F", 4, "F 4 3 2", 48),
        BravaisLattice("cI", "cubic", "I", 2, "I 4 3 2", 48),
        BravaisLattice("cP", "cubic", "P", 1, "P 4 3 2", 48),
        BravaisLattice("hP", "hexagonal", "P", 1, "P 6 2 2", 24),
        BravaisLattice("hR", "hexagonal", "R", 3, "R 3 2 :H", 12),
        BravaisLattice("tI", "tetragonal", "I", 2, "I 4 2 2", 16),
        BravaisLattice("tP", "tetragonal", "P", 1, "P 4 2 2", 16),
        BravaisLattice("oF", "orthorhombic", "F", 4, "F 2 2 2", 8),
        BravaisLattice("oI", "orthorhombic", "I", 2, "I 2 2 2", 8),
        BravaisLattice("oC", "orthorhombic", "C", 2, "C 2 2 2", 8),
        BravaisLattice("oP", "orthorhombic", "P", 1, "P 2 2 2", 8),
        BravaisLattice("mC", "monoclinic", "I", 2, "C 1 2 1", 4),
        BravaisLattice("mP", "monoclinic", "P", 1, "P 1 2 1", 4),
        BravaisLattice("aP", "triclinic", "P", 1, "P 1", 2),
    )
}


def full_xnn(lattice: BravaisLattice, x: np.ndarray) -> np.ndarray:
    """Expand free parameters to the full reciprocal metric vector.

    Parameters
    ----------
    lattice : BravaisLattice
    x : numpy.ndarray, shape (..., n_free)
        Free parameters, 1/Å².

    Returns
    -------
    numpy.ndarray, shape (..., 6)
        (x_hh, x_kk, x_ll, x_hk, x_hl, x_kl), 1/Å².
    """
    x = np.asarray(x, dtype=float)
    full = np.zeros((*x.shape[:-1], 6))
    full[..., list(lattice.columns)] = x
    if lattice.system == "cubic":
        full[..., 1] = full[..., 2] = full[..., 0]
    elif lattice.system == "tetragonal":
        full[..., 1] = full[..., 0]
    elif lattice.system == "hexagonal":
        full[..., 1] = full[..., 3] = full[..., 0]
    return full


def hkl_design(lattice: BravaisLattice, hkl: np.ndarray, dtype=float) -> np.ndarray:
    """Rows of the linear model q2 = H · x for Miller indices.

    Parameters
    ----------
    lattice : BravaisLattice
    hkl : numpy.ndarray of int, shape (..., 3)
    dtype : optional
        Of the rows; 16 bits hold those of indices up to 100.

    Returns
    -------
    numpy.ndarray, shape (..., n_free)
    """
    h, k, l = np.ascontiguousarray(np.moveaxis(np.asarray(hkl, dtype=dtype), -1, 0))  # noqa: E741
    products = {
        "cubic": (h * h + k * k + l * l,),
        "tetragonal": (h * h + k * k, l * l),
        "hexagonal": (h * h + h * k + k * k, l * l),
        "orthorhombic": (h * h, k * k, l * l),
        "monoclinic": (h * h, k * k, l * l, h * l),
        "triclinic": (h * h, k * k, l * l, h * k, h * l, k * l),
    }
    return np.stack(products[lattice.system], axis=-1)


def reciprocal_metric(full: np.ndarray) -> np.ndarray:
    """Reciprocal metric tensors, shape (..., 3, 3) in 1/Å², from full xnn, shape (..., 6)."""
    hh, kk, ll, hk, hl, kl = np.moveaxis(np.asarray(full, dtype=float), -1, 0)
    return _tensor((hh, kk, ll), (hk / 2, hl / 2, kl / 2))


def xnn_from_metric(metric: np.ndarray) -> np.ndarray:
    """Full xnn, shape (..., 6) in 1/Å², from reciprocal metric tensors, shape (..., 3, 3)."""
    g = np.asarray(metric)
    return np.stack(
        [g[..., 0, 0], g[..., 1, 1], g[..., 2, 2], 2 * g[..., 0, 1], 2 * g[..., 0, 2], 2 * g[..., 1, 2]], axis=-1
    )


def _cofactors(tensor: np.ndarray) -> tuple[np.ndarray, ...]:
    """Cofactors 11, 22, 33, 12, 13, 23 of symmetric matrices, shape (..., 3, 3), and their determinants.

    Written out: `np.cross` and LAPACK are slow on many small matrices.
    """
    a, b, c = tensor[..., 0, 0], tensor[..., 1, 1], tensor[..., 2, 2]
    d, e, f = tensor[..., 0, 1], tensor[..., 0, 2], tensor[..., 1, 2]
    first = b * c - f * f, f * e - d * c, d * f - b * e
    determinant = a * first[0] + d * first[1] + e * first[2]
    return first[0], a * c - e * e, a * b - d * d, first[1], first[2], d * e - a * f, determinant


def _tensor(diagonal, off_diagonal) -> np.ndarray:
    """Symmetric matrices, shape (..., 3, 3), of their elements 11, 22, 33 and 12, 13, 23, shape (...) each."""
    tensor = np.empty((*np.shape(diagonal[0]), 3, 3))
    for i in range(3):
        tensor[..., i, i] = diagonal[i]
    for (i, j), value in zip(((0, 1), (0, 2), (1, 2)), off_diagonal, strict=True):
        tensor[..., i, j] = tensor[..., j, i] = value
    return tensor


def _inverse(tensor: np.ndarray) -> np.ndarray:
    """Inverses of symmetric matrices, shape (..., 3, 3)."""
    *cofactors, determinant = _cofactors(tensor)
    return _tensor(cofactors[:3], cofactors[3:]) / determinant[..., None, None]


def direct_metric_from_cells(cells: np.ndarray) -> np.ndarray:
    """Direct metric tensors, shape (..., 3, 3) in Å², from a b c (Å) alpha beta gamma (degrees), shape (..., 6)."""
    cells = np.asarray(cells, dtype=float)
    a, b, c = np.moveaxis(cells[..., :3], -1, 0)
    ca, cb, cg = np.moveaxis(np.cos(np.radians(cells[..., 3:])), -1, 0)
    return _tensor((a * a, b * b, c * c), (a * b * cg, a * c * cb, b * c * ca))


def xnn_from_cells(cells: np.ndarray) -> np.ndarray:
    """Full xnn, shape (..., 6) in 1/Å², from unit cells, shape (..., 6) in Å and degrees."""
    return xnn_from_metric(_inverse(direct_metric_from_cells(cells)))


def free_xnn(lattice: BravaisLattice, cells: np.ndarray) -> np.ndarray:
    """Free xnn, shape (..., n_free) in 1/Å², from unit cells of a lattice, shape (..., 6) in Å and degrees."""
    return xnn_from_cells(cells)[..., list(lattice.columns)]


def cells_from_xnn(full: np.ndarray) -> np.ndarray:
    """Unit cells, shape (..., 6) in Å and degrees, from full xnn, shape (..., 6) in 1/Å²."""
    g = _inverse(reciprocal_metric(full))
    lengths = np.sqrt(np.stack([g[..., 0, 0], g[..., 1, 1], g[..., 2, 2]], axis=-1))
    a, b, c = np.moveaxis(lengths, -1, 0)
    cosines = np.stack([g[..., 1, 2] / (b * c), g[..., 0, 2] / (a * c), g[..., 0, 1] / (a * b)], axis=-1)
    return np.concatenate([lengths, np.degrees(np.arccos(np.clip(cosines, -1, 1)))], axis=-1)


def volumes_from_cells(cells: np.ndarray) -> np.ndarray:
    """Cell volumes in Å³, shape (...), from unit cells, shape (..., 6) in Å and degrees; nan where there is no cell."""
    cells = np.asarray(cells, dtype=float)
    cosines = np.cos(np.radians(cells[..., 3:]))
    with np.errstate(invalid="ignore"):
        root = np.sqrt(1 - (cosines * cosines).sum(axis=-1) + 2 * cosines.prod(axis=-1))
    return cells[..., :3].prod(axis=-1) * root


def volumes_from_xnn(full: np.ndarray) -> np.ndarray:
    """Cell volumes in Å³, shape (...), from full xnn, shape (..., 6) in 1/Å²; nan where the metric is not positive."""
    determinant = _cofactors(reciprocal_metric(full))[-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(determinant > 0, 1 / np.sqrt(np.abs(determinant)), np.nan)


def are_cells(full: np.ndarray) -> np.ndarray:
    """Which full xnn, shape (..., 6), are positive definite metrics; shape (...) of bool, by the leading minors."""
    hh, kk, _, hk, _, _ = np.moveaxis(np.asarray(full, dtype=float), -1, 0)
    return (hh > 0) & (4 * hh * kk > hk**2) & (volumes_from_xnn(full) > 0)
