"""Molecules: connected atoms at the distances of covalent bonds, packed without much overlap."""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import direct_metric_from_cells

BOND = 1.45  # Å, between C-C of 1.54 and aromatic 1.39
SPREAD = 0.05  # Å
NEAREST_UNBONDED = 2.3  # Å, atoms two bonds apart
MAX_NEIGHBOURS = 3
CONTACT = 3.4  # Å, between molecules
TRIALS = 100  # places tried for a molecule


@njit(cache=True)
def _grow(n, parents, normals, bonds):
    atoms = np.zeros((n, 3))
    neighbours = np.zeros(n, np.int64)
    grown, trial = 1, 0
    while grown < n:
        k = trial % len(parents)
        parent = int(parents[k] * grown)
        step = normals[k] * bonds[k] / np.sqrt((normals[k] ** 2).sum())
        patient = trial < len(parents)  # a crowded molecule is finished without the rules
        trial += 1
        if patient and neighbours[parent] >= MAX_NEIGHBOURS:
            continue
        new = atoms[parent] + step
        free = True
        for k in range(grown):
            if patient and k != parent and ((atoms[k] - new) ** 2).sum() < NEAREST_UNBONDED**2:
                free = False
                break
        if free:
            atoms[grown] = new
            neighbours[grown] = 1
            neighbours[parent] += 1
            grown += 1
    return atoms


def grow_molecule(n: int, rng) -> np.ndarray:
    """A tree of bonded atoms about its centroid.

    Every atom is bonded to one drawn from those before it that has fewer than three neighbours, at 1.45(5) Å in a
    random direction, not nearer than 2.3 Å to any other.

    Parameters
    ----------
    n : int
        Atoms.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (n, 3)
        Å.
    """
    trials = 60 * n
    bonds = rng.normal(BOND, SPREAD, trials)
    atoms = _grow(n, rng.random(trials), rng.standard_normal((trials, 3)), bonds)
    return atoms - atoms.mean(axis=0)


@njit(cache=True, fastmath=True)
def _overlap(images, sites, metric, own):
    """Contacts of molecules shorter than CONTACT: by how much, squared and summed; of an own image each pair once."""
    total = 0.0
    for i in range(len(images)):
        for j in range(i if own else 0, len(sites)):
            u = images[i, 0] - sites[j, 0]
            v = images[i, 1] - sites[j, 1]
            w = images[i, 2] - sites[j, 2]
            u -= np.rint(u)
            v -= np.rint(v)
            w -= np.rint(w)
            squared = u * u * metric[0, 0] + v * v * metric[1, 1] + w * w * metric[2, 2]
            squared += 2 * (u * v * metric[0, 1] + u * w * metric[0, 2] + v * w * metric[1, 2])
            if squared < CONTACT**2:
                total += (CONTACT - np.sqrt(squared)) ** 2
    return total


@njit(cache=True, fastmath=True)
def _images(sites, rotation, translation):
    images = np.empty_like(sites)
    for i in range(len(sites)):
        for j in range(3):
            images[i, j] = translation[j]
            for k in range(3):
                images[i, j] += rotation[j, k] * sites[i, k]
    return images


@njit(cache=True)
def _least_crowded(fractional, centres, others, metric, rotations, translations):
    best, lowest = 0, np.inf
    for c in range(len(centres)):
        sites = fractional + centres[c]
        crowding = _overlap(others, sites, metric, False)
        for o in range(1, len(rotations)):  # the first is the identity
            if crowding > lowest:
                break
            crowding += _overlap(_images(sites, rotations[o], translations[o]), sites, metric, True)
        if crowding < lowest:
            best, lowest = c, crowding
    return best


def place_molecule(atoms, cell, group, others, rng) -> np.ndarray:
    """Put a molecule where it overlaps least with its images and with other molecules, of a hundred random places.

    Parameters
    ----------
    atoms : numpy.ndarray, shape (n, 3)
        Å.
    cell : numpy.ndarray, shape (6,)
        Å and degrees.
    group : SpaceGroup
    others : numpy.ndarray, shape (m, 3)
        Fractional coordinates of atoms placed before, one asymmetric unit.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (n, 3)
        Fractional coordinates.
    """
    fractional = np.einsum("ij,nj->ni", fractionalisation(cell), atoms)
    metric = direct_metric_from_cells(cell)
    centres = rng.random((TRIALS, 3))
    rotations = group.rotations.astype(float)
    best = _least_crowded(fractional, centres, others, metric, rotations, group.translations)
    return fractional + centres[best]


def fractionalisation(cell: np.ndarray) -> np.ndarray:
    """Matrix from Cartesian coordinates in Å, a along x and b in the xy plane, to fractional ones, shape (3, 3)."""
    a, b, c = cell[:3]
    ca, cb, cg = np.cos(np.radians(cell[3:]))
    sg = np.sqrt(1 - cg**2)
    y = (ca - cb * cg) / sg
    z = np.sqrt(1 - cb**2 - y**2)
    # the inverse of the matrix whose columns are the axes, which is triangular
    return np.array(
        [
            [1 / a, -cg / (a * sg), (cg * y - cb * sg) / (a * sg * z)],
            [0, 1 / (b * sg), -y / (b * sg * z)],
            [0, 0, 1 / (c * z)],
        ]
    )
