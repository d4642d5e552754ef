"""How two lattices are related: one a sublattice of the other, or a sublattice that both have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice.bravais import BravaisLattice, direct_metric_from_cells
from mlindex_plugin.algorithms.lattice.closeness import primitive_basis
from mlindex_plugin.algorithms.lattice.derivative import hermite_forms

_LARGEST_INDEX = 8  # of one lattice in the other
_LARGEST_COMMON = 4  # of a common sublattice in each
_TOLERANCE = 0.005  # relative, of squares and scalar products of vectors
_TOLERANCE_SAME = 0.02  # of scalar products, in units of the lengths, where one lattice is compared with itself
_MOST_VECTORS = 200_000


@dataclass(frozen=True)
class Relation:
    """The smallest sublattice that two lattices have in common.

    Attributes
    ----------
    indices : tuple of 2 int
        Its index in the first and in the second lattice: (1, 1) for equal lattices, (n, 1) where the second is a
        sublattice of the first, with a cell n times larger.
    matrix : numpy.ndarray, shape (3, 3)
        Rows are the axes of the second basis in terms of the first.
    """

    indices: tuple[int, int]
    matrix: np.ndarray


def common_sublattice(first: np.ndarray, second: np.ndarray) -> Relation | None:
    """The sublattice of lowest index that two lattices share, by their metrics alone.

    Parameters
    ----------
    first, second : numpy.ndarray, shape (3, 3)
        Direct metric tensors of reduced primitive bases, Å².

    Returns
    -------
    Relation or None
        None where no sublattice of an index up to 4 in both, or up to 8 in one that holds the other, fits.
    """
    ratio = np.sqrt(np.linalg.det(second) / np.linalg.det(first))
    for i, j in _INDICES:
        if abs(i / j / ratio - 1) > 3 * _TOLERANCE:
            continue
        tolerance = _TOLERANCE_SAME if i == j == 1 else _TOLERANCE
        # of the two the one with fewer sublattices of its index is searched through
        found = _match(second, j, first, i, tolerance) if j <= i else _match(first, i, second, j, tolerance)
        if found is not None:
            searched, embedded = found
            if j > i:
                searched, embedded = embedded, searched
            return Relation((i, j), np.linalg.inv(searched) @ embedded)
    return None


def short_primitive_basis(lattice: BravaisLattice, cell) -> np.ndarray:
    """Short primitive axes in terms of those of the search setting, rows of shape (3, 3).

    Parameters
    ----------
    lattice : BravaisLattice
    cell : sequence of 6 float
        Å and degrees, search setting.
    """
    basis = primitive_basis(lattice)
    metric = basis @ direct_metric_from_cells(np.array(cell)) @ basis.T
    return _reduced(np.eye(3, dtype=int)[None], metric)[0] @ basis


def _pairs() -> list[tuple[int, int]]:
    pairs = [(i, j) for i in range(1, _LARGEST_COMMON + 1) for j in range(1, _LARGEST_COMMON + 1)]
    pairs += [pair for n in range(_LARGEST_COMMON + 1, _LARGEST_INDEX + 1) for pair in ((n, 1), (1, n))]
    return sorted(pairs, key=lambda pair: (pair[0] * pair[1], pair))


_INDICES = _pairs()


def _match(metric: np.ndarray, index: int, other: np.ndarray, other_index: int, tolerance: float):
    """Bases of one sublattice in terms of both lattices: integer matrices, those of `metric` and of `other`."""
    forms = hermite_forms(index)
    bases = _reduced(forms, metric)
    squares = np.einsum("nai,ij,naj->na", bases, metric, bases)
    vectors = _vectors(other, (1 + 2 * _TOLERANCE) * squares.max())
    lengths = np.einsum("vi,ij,vj->v", vectors, other, vectors)
    for basis in bases:
        embedded = _embedded(basis @ metric @ basis.T, vectors, lengths, other, other_index, tolerance)
        if embedded is not None:
            return basis, embedded
    return None


def _embedded(target, vectors, lengths, metric, index: int, tolerance: float) -> np.ndarray | None:
    """Three of the vectors, with their squares, that have a metric and span a sublattice of an index; or None."""
    size = np.sqrt(np.diag(target))
    choices = [vectors[np.abs(lengths / target[k, k] - 1) < 2 * _TOLERANCE] for k in range(3)]
    for a in choices[0]:
        second = choices[1][np.abs(choices[1] @ metric @ a - target[0, 1]) < tolerance * size[0] * size[1]]
        third = choices[2][np.abs(choices[2] @ metric @ a - target[0, 2]) < tolerance * size[0] * size[2]]
        for b in second:
            for c in third[np.abs(third @ metric @ b - target[1, 2]) < tolerance * size[1] * size[2]]:
                if abs(round(np.linalg.det([a, b, c]))) == index:
                    return np.array([a, b, c])
    return None


def _vectors(metric: np.ndarray, square: float) -> np.ndarray:
    """Vectors of a lattice up to the square of a length, both signs, shape (n, 3); none where they are too many."""
    most = np.floor(np.sqrt(square * np.diag(np.linalg.inv(metric)))).astype(int)
    if np.prod(2 * most + 1.0) > _MOST_VECTORS:
        return np.empty((0, 3), dtype=int)
    grid = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in most), indexing="ij"), axis=-1).reshape(-1, 3)
    return grid[np.einsum("vi,ij,vj->v", grid, metric, grid) <= square]


def _reduced(bases: np.ndarray, metric: np.ndarray) -> np.ndarray:
    """Bases, integer rows of shape (n, 3, 3), made short by subtracting axes from each other."""
    bases = bases.copy()
    for _ in range(10):
        before = bases.copy()
        for i in range(3):
            for j in range(3):
                if i != j:
                    dots = np.einsum("ni,ij,nj->n", bases[:, i], metric, bases[:, j])
                    squares = np.einsum("ni,ij,nj->n", bases[:, j], metric, bases[:, j])
                    bases[:, i] -= np.rint(dots / squares).astype(int)[:, None] * bases[:, j]
        if np.array_equal(bases, before):
            break
    return bases
