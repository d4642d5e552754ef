from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    common_sublattice,
    direct_metric_from_cells,
    hermite_forms,
    pseudo_symmetry,
    short_primitive_basis,
)
from mlindex_plugin.algorithms.lattice.common import _reduced

TRICLINIC = direct_metric_from_cells(np.array((7.1, 8.9, 11.2, 96.0, 104.0, 99.0)))
OTHER = direct_metric_from_cells(np.array((6.3, 9.7, 10.4, 95.0, 99.0, 93.0)))


def short(metric):
    """The metric of short axes of the same lattice."""
    basis = _reduced(np.eye(3, dtype=int)[None], metric)[0]
    return basis @ metric @ basis.T


def assert_matrix(relation, first, second, tolerance=1e-9):
    np.testing.assert_allclose(relation.matrix @ first @ relation.matrix.T, second, atol=tolerance)
    assert abs(np.linalg.det(relation.matrix)) == pytest.approx(relation.indices[0] / relation.indices[1])


@pytest.mark.parametrize("index", [1, 2, 3, 4])
def test_every_sublattice_and_superlattice_is_recognised(index):
    forms = hermite_forms(index)
    assert len(forms) == {1: 1, 2: 7, 3: 13, 4: 35}[index]
    for form in forms:
        larger = short(form @ TRICLINIC @ form.T)
        relation = common_sublattice(TRICLINIC, larger)
        assert relation.indices == (index, 1)
        assert_matrix(relation, TRICLINIC, larger)
        relation = common_sublattice(larger, TRICLINIC)
        assert relation.indices == (1, index)
        assert_matrix(relation, larger, TRICLINIC)


@pytest.mark.parametrize("one, other", [(2, 2), (2, 3), (3, 2), (3, 4), (4, 3)])
def test_two_lattices_within_one(one, other):
    first, second = hermite_forms(one)[1], hermite_forms(other)[-2]
    first, second = short(first @ TRICLINIC @ first.T), short(second @ TRICLINIC @ second.T)
    relation = common_sublattice(first, second)
    assert relation.indices == (other, one)
    assert_matrix(relation, first, second)


def test_lattices_that_have_nothing_in_common():
    assert common_sublattice(TRICLINIC, OTHER) is None
    assert common_sublattice(TRICLINIC, 1.1 * TRICLINIC) is None
    # of the same volume
    assert common_sublattice(TRICLINIC, OTHER * np.cbrt(np.linalg.det(TRICLINIC) / np.linalg.det(OTHER))) is None


@pytest.mark.parametrize("symbol, volume", [("cF", 4), ("cI", 2), ("oC", 2), ("hR", 3), ("mC", 2), ("aP", 1)])
def test_short_primitive_axes(symbol, volume):
    cell = {"hR": (4.8, 4.8, 13, 90, 90, 120), "mC": (9.3, 7.7, 41.5, 90, 142, 90)}.get(symbol, (6, 6, 6, 90, 90, 90))
    basis = short_primitive_basis(LATTICES[symbol], cell)
    assert abs(np.linalg.det(basis)) == pytest.approx(1 / volume)
    metric = basis @ direct_metric_from_cells(np.array(cell)) @ basis.T
    assert np.all(np.abs(metric) <= np.minimum.outer(np.diag(metric), np.diag(metric)) * (0.5 + np.eye(3)) + 1e-9)


def test_pseudo_symmetry_and_its_deviation():
    found = pseudo_symmetry((5.9, 7.4, 14.9, 90.2, 90, 90), 4)
    assert [(symbol, round(deviation, 3)) for deviation, symbol, _ in found] == [("oP", 0.2)]
    assert found[0][2] == pytest.approx(1 / np.array([5.9, 7.4, 14.9]) ** 2, rel=1e-4)
    assert pseudo_symmetry((5.9, 7.4, 14.9, 90, 90, 90), 8) == []
    # the closer symmetry comes first
    found = pseudo_symmetry((5.0, 5.03, 5.0, 90, 90, 90), 8)
    assert [symbol for _, symbol, _ in found] == ["tP", "cP"]
    assert found[0][0] < 1e-6 < 0.1 < found[1][0] < 1
