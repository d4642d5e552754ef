"""Scaling of cells and line positions."""

from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.errors import InputError
from mlindex_plugin.models.scaling import Scaling, lattice_system

CELLS = {
    "cubic": [[4, 4, 4, 90, 90, 90], [9, 9, 9, 90, 90, 90]],
    "tetragonal": [[4, 4, 9, 90, 90, 90], [7, 7, 5, 90, 90, 90]],
    "hexagonal": [[4, 4, 9, 90, 90, 120], [7, 7, 5, 90, 90, 120]],
    "rhombohedral": [[4, 4, 9, 90, 90, 120], [7, 7, 5, 90, 90, 120]],
    "orthorhombic": [[4, 5, 9, 90, 90, 90], [5, 7, 8, 90, 90, 90]],
    "monoclinic": [[4, 5, 9, 90, 90, 90], [5, 7, 8, 90, 99, 90], [5, 7, 8, 90, 117, 90]],
    "triclinic": [[4, 5, 9, 90, 95, 100], [5, 7, 8, 110, 92, 93]],
}


def test_every_lattice_has_a_system():
    assert {lattice_system(lattice) for lattice in LATTICES} == set(CELLS)


@pytest.mark.parametrize("system", CELLS)
def test_scaling_and_back_keeps_cells(system):
    cells, q2 = np.array(CELLS[system], float), np.array([0.01, 0.03, 0.2])
    scaling = Scaling.fit(system, cells, q2)
    assert scaling.scale_cells(cells).shape == (len(cells), scaling.n_free)
    np.testing.assert_allclose(scaling.unscale_cells(scaling.scale_cells(cells)), cells, atol=1e-10)
    assert scaling.scale_q2(q2).mean() == pytest.approx(0) and scaling.scale_q2(q2).std() == pytest.approx(1)


def test_lengths_share_a_scale_and_right_angles_are_zero():
    cells = np.array(CELLS["monoclinic"], float)
    scaling = Scaling.fit("monoclinic", cells, np.array([0.1, 0.2]))
    scaled = scaling.scale_cells(cells)
    assert scaled[:, :3].mean() == pytest.approx(0) and scaled[:, :3].std() == pytest.approx(1)
    assert scaled[0, 3] == 0.0
    # 9° and 27° from the right angle; the right one does not count: standard deviation 9°
    np.testing.assert_allclose(scaled[1:, 3], [1.0, 3.0])


@pytest.mark.parametrize("system", CELLS)
def test_cells_that_are_alike_are_refused(system):
    cells = np.array([[5, 5, 5, 90, 90, 90]] * 3, float)
    with pytest.raises(InputError, match=f"3 {system} cells that are all alike"):
        Scaling.fit(system, cells, np.array([0.1, 0.2]))
