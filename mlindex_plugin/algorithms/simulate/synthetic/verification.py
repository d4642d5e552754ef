"""Whether a crystal has the symmetry of its space group and no more."""

from __future__ import annotations

import numpy as np
from numba import njit

TOLERANCE = 1e-5  # of a fractional coordinate


def has_exact_symmetry(group, kinds, sites) -> bool:
    """Whether no symmetry operation beyond those of the space group maps the crystal onto itself.

    A larger space group on the same lattice, or on a finer one, would hold an operation with a rotation of each coset
    of the point group in that of the lattice, or a further translation. Every rotation that represents a coset is
    tried with every translation that maps one atom of the rarest kind onto another. The metric is taken to be no more
    symmetric than the Bravais lattice.

    Parameters
    ----------
    group : SpaceGroup
    kinds : numpy.ndarray of int, shape (n,)
        What tells atoms apart: the element.
    sites : numpy.ndarray, shape (n, 3)
        Fractional coordinates of the asymmetric unit, reference setting.

    Returns
    -------
    bool
    """
    all_kinds, all_sites = expand(group, kinds, sites)
    numbers = np.bincount(all_kinds)
    rarest = int(np.argmin(np.where(numbers > 0, numbers, len(all_kinds) + 1)))
    order = np.argsort(all_kinds != rarest, kind="stable")
    return _count_symmetries(
        group.other_rotations.astype(float), all_kinds[order], all_sites[order], int(numbers[rarest]), group.n_centring
    )


def expand(group, kinds, sites):
    """All atoms of the conventional cell.

    Parameters
    ----------
    group : SpaceGroup
    kinds : numpy.ndarray of int, shape (n,)
    sites : numpy.ndarray, shape (n, 3)

    Returns
    -------
    kinds : numpy.ndarray of int, shape (m,)
    sites : numpy.ndarray, shape (m, 3)
        In [0, 1); an atom on a special position once for each of its distinct images.
    """
    images = np.einsum("oij,nj->noi", group.rotations, sites) + group.translations
    images -= np.floor(images)
    keep = _distinct(images)
    return np.repeat(kinds, keep.sum(axis=1)), images[keep]


@njit(cache=True)
def _same(a, b):
    for i in range(3):
        offset = a[i] - b[i]
        if abs(offset - np.rint(offset)) > TOLERANCE:
            return False
    return True


@njit(cache=True)
def _distinct(images):
    """Of the images of each atom, the first of those that coincide."""
    keep = np.ones(images.shape[:2], np.bool_)
    for n in range(len(images)):
        for i in range(images.shape[1]):
            for j in range(i):
                if keep[n, j] and _same(images[n, i], images[n, j]):
                    keep[n, i] = False
                    break
    return keep


@njit(cache=True)
def _count_symmetries(rotations, kinds, sites, n_rarest, n_centring):
    for r in range(len(rotations)):
        allowed = n_centring if r == 0 else 0
        rotated = sites @ rotations[r].T
        found = 0
        for j in range(n_rarest):
            found += _maps_onto_itself(rotated, sites, kinds, sites[j] - rotated[0])
            if found > allowed:
                return False
    return True


@njit(cache=True)
def _maps_onto_itself(rotated, sites, kinds, shift):
    for i in range(len(sites)):
        image = rotated[i] + shift
        matched = False
        for j in range(len(sites)):
            if kinds[j] == kinds[i] and _same(image, sites[j]):
                matched = True
                break
        if not matched:
            return False
    return True
