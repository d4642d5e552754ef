"""Space groups as arrays, the exact symmetry of atoms, reflections and structure factors, all against cctbx."""

from __future__ import annotations

import numpy as np
import pytest
from cctbx import miller, sgtbx
from cctbx.array_family import flex

from mlindex_plugin.algorithms.lattice import symmetric_tensor
from mlindex_plugin.algorithms.simulate.preparation.structure_entries import structure_entry
from mlindex_plugin.algorithms.simulate.structure import structure_factors
from mlindex_plugin.algorithms.simulate.synthetic.crystal import Crystal
from mlindex_plugin.algorithms.simulate.synthetic.peak_lists import crystal_entry
from mlindex_plugin.algorithms.simulate.synthetic.reflections import unique_reflections
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.algorithms.simulate.synthetic.structure_factors import squared_amplitudes
from mlindex_plugin.algorithms.simulate.synthetic.verification import expand, has_exact_symmetry

# every lattice, enantiomorphs, inversion at the origin and none, rhombohedral and centred groups
NUMBERS = [1, 2, 4, 9, 14, 15, 19, 33, 41, 43, 62, 64, 70, 73, 76, 82, 88, 96, 114, 122, 141, 146, 152, 161, 167, 173,
           186, 194, 198, 205, 206, 216, 220, 227, 230]  # fmt: skip


def random_crystal(number, seed=0):
    """Five atoms, two of them of one element at general positions."""
    rng = np.random.default_rng([number, seed])
    group = space_group(number)
    cell = sgtbx.space_group_info(number=number).any_compatible_unit_cell(120.0 * group.order**0.5).parameters()
    positions = [group.positions[i] for i in rng.integers(0, len(group.positions), 3)] + [group.positions[0]] * 2
    sites = np.array([p.linear @ rng.random(3) + p.shift for p in positions])
    elements = np.array(["Fe", "O", "C", "Se", "Se"])
    return Crystal(number, np.array(cell), elements, sites, np.array([p.multiplicity for p in positions]), 0.02)


@pytest.mark.parametrize("number", NUMBERS)
def test_structure_factors_are_those_of_cctbx(number):
    crystal = random_crystal(number)
    f_calc = structure_factors(crystal.structure(), 1.6)
    hkl, q2 = np.array(f_calc.indices()), f_calc.d_star_sq().data().as_numpy_array()
    expected = np.abs(f_calc.data().as_numpy_array()) ** 2
    found = squared_amplitudes(space_group(number), crystal, hkl, q2)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * expected.max())


@pytest.mark.parametrize("number", NUMBERS)
def test_unique_reflections_are_those_of_cctbx(number):
    group = space_group(number)
    symmetry = random_crystal(number).symmetry()
    cell = symmetry.unit_cell()
    metric = symmetric_tensor(cell.reciprocal_metrical_matrix())
    lengths = np.array(cell.parameters()[:3])
    hkl, q2, multiplicity = unique_reflections(metric, lengths, group.rotations, group.translations, 0.4)
    expected = miller.build_set(symmetry, anomalous_flag=False, d_min=0.4**-0.5)
    own = miller.set(symmetry, flex.miller_index(list(map(tuple, hkl.tolist()))), False).map_to_asu()
    assert sorted(own.indices()) == sorted(expected.indices())
    np.testing.assert_allclose(q2, own.d_star_sq().data().as_numpy_array(), rtol=1e-9)
    assert multiplicity.tolist() == list(own.multiplicities().data())


@pytest.mark.parametrize("number", [2, 14, 15, 41, 62, 64, 88, 167, 206, 227])
def test_an_entry_is_that_of_the_structure(number):
    crystal = random_crystal(number, seed=1)
    entry = crystal_entry(crystal, "name", "molecular", (0.5, 1.0, 1.5))
    expected = structure_entry(crystal.structure(), "name")
    for lines, other in zip((*entry.observable, entry.allowed), (*expected.observable, expected.allowed), strict=True):
        np.testing.assert_allclose(lines.q2, other.q2, rtol=1e-9)
        np.testing.assert_array_equal(lines.hkl, other.hkl)
        np.testing.assert_allclose(lines.intensity, other.intensity, rtol=1e-6, atol=1e-9 * other.intensity.max())
    np.testing.assert_allclose(entry.cell, expected.cell)
    same = ("bravais_lattice", "space_group_number", "space_group", "formula", "change_of_basis")
    assert [getattr(entry, name) for name in same] == [getattr(expected, name) for name in same]


@pytest.mark.parametrize("number", NUMBERS)
def test_general_positions_of_two_elements_have_exact_symmetry(number):
    rng = np.random.default_rng(number)
    assert has_exact_symmetry(space_group(number), np.array([0, 1, 1]), rng.random((3, 3)))


@pytest.mark.parametrize(
    ("number", "sites", "reason"),
    [
        (1, [[0.1, 0.2, 0.3]], "one atom in P 1 is centrosymmetric"),
        (1, [[0.1, 0.2, 0.3], [0.7, 0.1, 0.4]], "so are two of a kind"),
        (4, [[0.1, 0.2, 0.3]], "one atom in P 21 has a mirror"),
        (75, [[0.1, 0.2, 0.3]], "one atom in P 4 has a mirror across the axis"),
        (14, [[0, 0, 0]], "the origin of P 21/c makes a smaller cell"),
        (14, [[0.1, 0.25, 0.3], [0.7, 0.25, 0.8]], "y = 1/4 in P 21/c makes mirrors"),
        (215, [[0.2, 0.2, 0.2], [0.8, 0.8, 0.8]], "both tetrahedra make an inversion"),
        (62, [[0.1, 0.25, 0.1], [0.6, 0.75, 0.6]], "shifted by half the cell"),
    ],
)
def test_hidden_symmetry_is_seen(number, sites, reason):
    assert not has_exact_symmetry(space_group(number), np.zeros(len(sites), int), np.array(sites)), reason


def test_different_elements_break_the_symmetry():
    sites = np.array([[0.1, 0.2, 0.3], [0.7, 0.1, 0.4]])
    assert has_exact_symmetry(space_group(1), np.array([0, 1]), sites)


def test_atoms_of_a_cell_are_as_many_as_their_multiplicities():
    group = space_group(227)
    sites = np.array([p.linear @ [0.13, 0.27, 0.41] + p.shift for p in group.positions])
    kinds, images = expand(group, np.arange(len(sites)), sites)
    assert np.bincount(kinds).tolist() == [position.multiplicity for position in group.positions]
    assert np.all((images >= 0) & (images < 1))
