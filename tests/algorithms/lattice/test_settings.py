from __future__ import annotations

import numpy as np
import pytest
from cctbx import crystal, uctbx
from lattice_cells import CELLS

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    cells_from_xnn,
    conventional_basis,
    direct_metric_from_cells,
    full_xnn,
    hermite_forms,
    higher_symmetry,
    niggli_cell,
    symmetric_tensor,
)


def test_tensor_of_the_metrical_matrix_of_cctbx():
    cell = CELLS["aP"]
    found = symmetric_tensor(uctbx.unit_cell(cell).metrical_matrix())
    np.testing.assert_allclose(found, direct_metric_from_cells(cell), rtol=1e-12)


def conventional(symbol, cell):
    basis = conventional_basis(LATTICES[symbol], np.array(cell, float))
    g = basis @ direct_metric_from_cells(np.array(cell, float)) @ basis.T
    a, b, c = np.sqrt(np.diag(g))
    angles = np.degrees(np.arccos([g[1, 2] / (b * c), g[0, 2] / (a * c), g[0, 1] / (a * b)]))
    return np.array([a, b, c, *angles])


@pytest.mark.parametrize("symbol", LATTICES)
def test_conventional_cell_is_the_same_lattice(symbol):
    cell = conventional(symbol, CELLS[symbol])
    group = LATTICES[symbol].space_group
    same = crystal.symmetry(tuple(cell), group, assert_is_compatible_unit_cell=False).niggli_cell().unit_cell()
    np.testing.assert_allclose(same.parameters(), niggli_cell(LATTICES[symbol], CELLS[symbol]), atol=1e-4)


def test_body_centred_monoclinic_becomes_c_centred():
    c_cell = (7.2905, 5.8792, 28.0724, 90.0, 93.8037, 90.0)
    i_cell = crystal.symmetry(c_cell, "C 1 2 1").change_basis("a-c,b,c")
    assert str(i_cell.space_group_info()) == "I 1 2 1"
    np.testing.assert_allclose(conventional("mC", i_cell.unit_cell().parameters()), c_cell, atol=1e-4)


def test_axes_are_put_in_order():
    np.testing.assert_allclose(conventional("oP", (9, 4, 6, 90, 90, 90))[:3], (4, 6, 9))
    np.testing.assert_allclose(conventional("oC", (9, 4, 6, 90, 90, 90))[:3], (4, 9, 6))
    np.testing.assert_allclose(conventional("mP", (11, 7, 6, 90, 80, 90)), (6, 7, 11, 90, 100, 90))


def test_derivative_lattices_are_counted_as_known():
    assert [len(hermite_forms(n)) for n in (2, 3, 4)] == [7, 13, 35]
    assert {round(np.linalg.det(form)) for form in hermite_forms(4)} == {4}


def test_nearly_cubic_cell_is_recognised():
    found = dict(higher_symmetry(LATTICES["aP"], (5.0, 5.01, 5.0, 90.1, 90.0, 90.0)))
    assert {"cP", "tP", "oP", "hR"} <= set(found)
    np.testing.assert_allclose(cells_from_xnn(full_xnn(LATTICES["cP"], found["cP"]))[:3], 5.0, rtol=0.01)
    assert higher_symmetry(LATTICES["aP"], (8.5, 9.3, 10.4, 92.0, 111.0, 105.0)) == []


def test_centred_monoclinic_is_found_in_its_primitive_cell():
    primitive = niggli_cell(LATTICES["mC"], CELLS["mC"])
    found = dict(higher_symmetry(LATTICES["aP"], primitive))
    np.testing.assert_allclose(
        niggli_cell(LATTICES["mC"], cells_from_xnn(full_xnn(LATTICES["mC"], found["mC"]))), primitive, atol=1e-3
    )
