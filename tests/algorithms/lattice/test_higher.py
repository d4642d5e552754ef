from __future__ import annotations

import numpy as np
import pytest
from cctbx import crystal
from cctbx.sgtbx import bravais_types, lattice_symmetry
from lattice_cells import CELLS

from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, full_xnn, higher_symmetry, niggli_cell

DISTORTION = np.array([1.002, 0.999, 1.001, 1.002, 0.998, 1.001])


@pytest.mark.parametrize("symbol", [symbol for symbol in LATTICES if symbol != "aP"])
def test_higher_symmetries_are_those_of_metric_subgroups(symbol):
    cell = np.array(niggli_cell(LATTICES[symbol], CELLS[symbol])) * DISTORTION
    symmetry = crystal.symmetry(tuple(cell), "P 1")
    expected = []
    for group in lattice_symmetry.metric_subgroups(symmetry, 1.0).result_groups:
        reference = group["ref_subsym"]
        name = str(bravais_types.bravais_lattice(group=reference.space_group()))
        if name != "aP":
            expected.append((name, *reference.niggli_cell().unit_cell().parameters()))
    found = [
        (name, *niggli_cell(LATTICES[name], cells_from_xnn(full_xnn(LATTICES[name], x))))
        for name, x in higher_symmetry(LATTICES["aP"], cell)
    ]
    assert symbol in dict(higher_symmetry(LATTICES["aP"], cell))
    assert sorted(one[0] for one in found) == sorted(one[0] for one in expected)
    for one in expected:
        same = [other for other in found if other[0] == one[0] and np.allclose(other[1:], one[1:], atol=1e-5)]
        assert same, (one, found)


@pytest.mark.parametrize("symbol", LATTICES)
def test_niggli_cell_is_that_of_the_crystal_symmetry(symbol):
    group = "I 1 2 1" if symbol == "mC" else LATTICES[symbol].space_group
    symmetry = crystal.symmetry(tuple(CELLS[symbol]), group, assert_is_compatible_unit_cell=False)
    expected = symmetry.niggli_cell().unit_cell().parameters()
    np.testing.assert_allclose(niggli_cell(LATTICES[symbol], CELLS[symbol]), expected, rtol=1e-9)
