"""Molecules and their places."""

from __future__ import annotations

import numpy as np
import pytest
from cctbx import uctbx
from scipy.spatial.distance import pdist, squareform

from mlindex_plugin.algorithms.simulate.synthetic.molecules import (
    CONTACT,
    fractionalisation,
    grow_molecule,
    place_molecule,
)
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group


def test_a_molecule_is_connected_by_bonds_and_nothing_else_is_near():
    for seed in range(10):
        atoms = grow_molecule(30, np.random.default_rng(seed))
        distances = squareform(pdist(atoms))
        bonded = (distances > 0) & (distances < 1.8)
        assert np.all(bonded.sum(axis=0) >= 1) and np.all(bonded.sum(axis=0) <= 3)
        assert bonded.sum() == 2 * 29  # a tree
        assert np.all((distances == 0) | bonded | (distances >= 2.3))
        np.testing.assert_allclose(atoms.mean(axis=0), 0, atol=1e-12)


def test_fractional_coordinates_are_those_of_cctbx():
    cell = (7.1, 9.3, 12.4, 81.0, 97.0, 104.0)
    expected = np.array(uctbx.unit_cell(cell).fractionalization_matrix()).reshape(3, 3)
    np.testing.assert_allclose(fractionalisation(np.array(cell)), expected, rtol=1e-12, atol=1e-15)


def shortest_contact(sites, cell, group):
    unit_cell = uctbx.unit_cell(cell)
    images = [
        site @ r.T + t for r, t in zip(group.rotations[1:], group.translations[1:], strict=True) for site in sites
    ]
    offsets = np.array([[image - site for image in images] for site in sites]).reshape(-1, 3)
    offsets -= np.rint(offsets)
    return min(unit_cell.length(tuple(offset)) for offset in offsets)


def test_places_are_less_crowded_than_random_ones():
    group, cell = space_group(14), (9.0, 11.0, 14.0, 90.0, 100.0, 90.0)
    placed, random = [], []
    for seed in range(15):
        rng = np.random.default_rng(seed)
        atoms = grow_molecule(18, rng)
        placed.append(
            shortest_contact(place_molecule(atoms, np.array(cell), group, np.empty((0, 3)), rng), cell, group)
        )
        fractional = atoms @ fractionalisation(np.array(cell)).T + rng.random(3)
        random.append(shortest_contact(fractional, cell, group))
    assert np.mean(placed) > 1.5 * np.mean(random)
    assert np.mean(placed) < CONTACT


@pytest.mark.parametrize("n", [1, 2, 150])
def test_any_number_of_atoms_can_be_grown(n):
    assert grow_molecule(n, np.random.default_rng(0)).shape == (n, 3)
