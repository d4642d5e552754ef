from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.simulate.random_crystal import crystal_reflections, random_structure
from mlindex_plugin.errors import InputError

CELL = (5.93, 7.32, 29.2, 90, 95.4, 90)


def test_absences_of_screw_axis_and_glide_plane():
    reflections = crystal_reflections(random_structure(CELL, "P 1 21/c 1", seed=1), d_min=2.0)
    h, k, l = reflections.hkl.T  # noqa: E741
    assert not np.any((h == 0) & (l == 0) & (k % 2 == 1))
    assert not np.any((k == 0) & (l % 2 == 1))
    assert np.any((h == 0) & (l == 0) & (k % 2 == 0))
    assert np.any((k != 0) & (l % 2 == 1))


def test_whole_sphere_and_unit_mean_intensity():
    reflections = crystal_reflections(random_structure(CELL, "P 1 21/c 1", seed=1), d_min=3.0)
    indices = {tuple(hkl) for hkl in reflections.hkl.tolist()}
    assert all((-h, -k, -m) in indices and (h, -k, m) in indices for h, k, m in indices)
    assert reflections.intensity.mean() == pytest.approx(1)


def test_reciprocal_vectors_have_the_d_spacings_of_cctbx():
    structure = random_structure((6, 7, 9, 95, 103, 111), "P -1", seed=1)
    reflections = crystal_reflections(structure, d_min=2.0)
    d = 1 / np.linalg.norm(reflections.reciprocal_vectors(), axis=1)
    expected = [structure.unit_cell().d(tuple(hkl)) for hkl in reflections.hkl.tolist()]
    np.testing.assert_allclose(d, expected, rtol=1e-12)
    assert d.min() >= 2.0


def test_seed_decides_the_positions():
    def sites(seed):
        return list(random_structure(CELL, "P 1 21/c 1", seed).sites_frac())

    assert sites(1) == sites(1)
    assert sites(1) != sites(2)


def test_default_number_of_atoms_follows_the_volume():
    structure = random_structure(CELL, "P 1 21/c 1", seed=1)
    assert structure.scatterers().size() == round(structure.unit_cell().volume() / 4 / 18)


def test_cell_against_the_space_group():
    with pytest.raises(InputError, match="do not go together"):
        random_structure(CELL, "F m -3 m", seed=1)
