"""Axes of the common setting where the lattice leaves a choice: monoclinic and triclinic."""

from __future__ import annotations

import numpy as np

_TOLERANCE = 1e-9  # of a scalar product, in units of the squares of the two lengths


def monoclinic_basis(metric, carrier):
    """Axes of the common monoclinic setting, unique axis b.

    The obtuse superbase of the ac plane is three vectors of sum zero with no acute angle between them. Each belongs
    to one of the three parities of (h, l), so that one of them carries the centring or the glide: the other two
    become a and c, and the translation is along their diagonal (I, n). Where nothing is to be carried the two
    shortest become a and c.

    Parameters
    ----------
    metric : numpy.ndarray, shape (3, 3)
        Direct metric tensor, Å².
    carrier : tuple of int or None
        Twice the component in the ac plane of the centring or glide translation, (a, c).

    Returns
    -------
    numpy.ndarray of int, shape (3, 3)
        Rows are the new axes on the old: a < c, beta not acute, right-handed.
    """
    superbase = _obtuse_superbase(metric, [np.array([1, 0, 0]), np.array([0, 0, 1])])
    superbase.sort(key=lambda v: float(v @ metric @ v))
    diagonal = superbase[2]
    if carrier is not None:
        diagonal = next(v for v in superbase if (v[0] % 2, v[2] % 2) == (carrier[0] % 2, carrier[1] % 2))
    a, c = (v for v in superbase if v is not diagonal)
    if a[0] + c[2] < 0:  # half a turn about b changes nothing: a cell in the common setting stays as it is
        a, c = -a, -c
    b = np.array([0, 1, 0])
    return np.array([a, b, c]) if np.linalg.det(np.array([a, b, c])) > 0 else np.array([a, -b, c])


def selling_basis(metric):
    """Axes of the Selling (Delaunay) reduced triclinic cell.

    Delaunay (1933), Z. Kristallogr. 84, 109; Andrews, Bernstein & Sauter (2019), Acta Cryst. A75, 593. Of the four
    vectors of sum zero the three shortest become the axes.

    Parameters
    ----------
    metric : numpy.ndarray, shape (3, 3)
        Direct metric tensor of a primitive cell, Å².

    Returns
    -------
    numpy.ndarray of int, shape (3, 3)
        Rows are the new axes on the old: a < b < c, no angle acute, right-handed.
    """
    superbase = _obtuse_superbase(metric, list(np.eye(3, dtype=int)))
    superbase.sort(key=lambda v: float(v @ metric @ v))
    basis = np.array(superbase[:3])
    return basis if np.linalg.det(basis) > 0 else -basis


def _obtuse_superbase(metric, vectors):
    """Vectors of sum zero, one more than given, no two of them at an acute angle; they span the same lattice."""
    vectors = [*vectors, -sum(vectors)]
    while True:
        pair = _acute_pair(metric, vectors)
        if pair is None:
            return vectors
        turned, kept = pair
        others = [v for i, v in enumerate(vectors) if i not in pair]
        # Selling's step: with p·q > 0, p changes sign and is added to the others (in the plane twice to the only one).
        p, q = vectors[turned], vectors[kept]
        vectors = [-p, q, others[0] + 2 * p] if len(others) == 1 else [-p, q, others[0] + p, others[1] + p]


def _acute_pair(metric, vectors):
    products = np.array(vectors) @ metric @ np.array(vectors).T
    lengths = np.sqrt(np.diag(products))
    cosines = products / np.outer(lengths, lengths)
    np.fill_diagonal(cosines, -1.0)
    i, j = np.unravel_index(np.argmax(cosines), cosines.shape)
    return (int(i), int(j)) if cosines[i, j] > _TOLERANCE else None
