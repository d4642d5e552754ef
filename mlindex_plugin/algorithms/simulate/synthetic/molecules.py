"""Molecules: connected atoms at the distances of covalent bonds, packed without much overlap."""

from __future__ import annotations

import numpy as np
from numba import njit

BOND = 1.45  # Å, between C-C of 1.54 and aromatic 1.39
SPREAD = 0.05  # Å
NEAREST_UNBONDED = 2.3  # Å, atoms two bonds apart
MAX_NEIGHBOURS = 3
CONTACT = 3.4  # Å, between molecules
TRIALS = 12  # places tried for a molecule


@njit(cache=True)
def _uniform_direction(normals):
    length = np.sqrt(normals[0] ** 2 + normals[1] ** 2 + normals[2] ** 2)
    return normals / length


@njit(cache=True)
def _grow(n, parents, normals, bonds):
    atoms = np.zeros((n, 3))
    neighbours = np.zeros(n, np.int64)
    grown, trial = 1, 0
    while grown < n:
        parent = int(parents[trial % len(parents)] * grown)
        step = _uniform_direction(normals[trial % len(parents)]) * bonds[trial % len(parents)]
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


@njit(cache=True)
def _crowding(sites, others, metric, rotations, translations):
    """Contacts shorter than CONTACT between molecules, by how much, summed."""
    total = 0.0
    for o in range(len(rotations) + 1):
        images = others if o == len(rotations) else sites @ rotations[o].T + translations[o]
        own = o < len(rotations)
        for i in range(len(images)):
            for j in range(i if own else 0, len(sites)):
                offset = images[i] - sites[j]
                offset -= np.rint(offset)
                squared = offset @ metric @ offset
                if squared < CONTACT**2:
                    total += (CONTACT - np.sqrt(squared)) ** 2
    return total


def place_molecule(atoms, orthogonalisation, group, others, rng) -> np.ndarray:
    """Put a molecule where it overlaps least with its images and with other molecules, of a few random places.

    Parameters
    ----------
    atoms : numpy.ndarray, shape (n, 3)
        Å.
    orthogonalisation : numpy.ndarray, shape (3, 3)
        Columns are the axes of the cell, Å.
    group : SpaceGroup
    others : numpy.ndarray, shape (m, 3)
        Fractional coordinates of atoms placed before, one asymmetric unit.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (n, 3)
        Fractional coordinates.
    """
    fractional = atoms @ np.linalg.inv(orthogonalisation).T
    metric = orthogonalisation.T @ orthogonalisation
    rotations = group.rotations[1:].astype(float)
    best = None
    for centre in rng.random((TRIALS, 3)):
        sites = fractional + centre
        crowding = _crowding(sites, others, metric, rotations, group.translations[1:])
        if best is None or crowding < best[0]:
            best = crowding, sites
    return best[1]
