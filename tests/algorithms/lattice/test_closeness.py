"""Closeness of candidates to the truth, whatever the basis."""

from __future__ import annotations

import numpy as np
import pytest
from lattice_cells import CELLS, free

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    full_xnn,
    niggli_cell,
    reciprocal_metric,
    xnn_from_cells,
    xnn_from_metric,
)
from mlindex_plugin.algorithms.lattice.closeness import close_candidates, primitive_metrics, reduced_parameters


def triclinic(*cells):
    """Free xnn of cells."""
    return xnn_from_cells(np.array(cells, float))


def in_other_bases(x, matrices):
    """The lattice of one xnn in other bases, whose reciprocal axes are the rows of the matrices."""
    metric = reciprocal_metric(full_xnn(LATTICES["aP"], x))
    return xnn_from_metric(matrices @ metric @ np.swapaxes(matrices, 1, 2))


@pytest.mark.parametrize("symbol", CELLS)
def test_reduced_lengths_are_those_of_the_niggli_cell(symbol):
    reduced = reduced_parameters(primitive_metrics(symbol, free(symbol)[None]))[0]
    np.testing.assert_allclose(reduced[:3], niggli_cell(LATTICES[symbol], CELLS[symbol])[:3], rtol=1e-9)


def test_the_basis_does_not_matter():
    rng = np.random.default_rng(1)
    x = free("aP")
    matrices = rng.integers(-2, 3, (4000, 3, 3))
    matrices = matrices[np.abs(np.round(np.linalg.det(matrices))) == 1]
    assert len(matrices) > 200
    others = in_other_bases(x, matrices.astype(float))
    assert close_candidates("aP", others, x).all()
    # sublattices have other lengths
    double = np.diag([0.5, 1.0, 1.0]) @ matrices
    assert not close_candidates("aP", in_other_bases(x, double), x).any()


def test_one_angstrom_and_five_degrees():
    truth = triclinic((6, 8, 11, 95, 100, 105))[0]
    candidates = triclinic(
        (6, 8, 11.95, 95, 100, 105),
        (6, 8, 12.05, 95, 100, 105),
        (5.5, 8.5, 11.5, 95, 100, 105),
        (5.4, 8.6, 11.6, 95, 100, 105),  # sqrt(3) * 0.6 > 1
        (6, 8, 11, 99.9, 100, 105),
        (6, 8, 11, 100.1, 100, 105),
        (6, 8, 11, 95, 100, 109.9),
        (6, 8, 11, 95, 100, 110.1),
    )
    assert close_candidates("aP", candidates, truth).tolist() == [True, False] * 4


@pytest.mark.parametrize(
    ("cell", "other"),
    [
        ((6, 8, 11, 89, 91, 91), (6, 8, 11, 91, 91, 91)),  # angles all sharp, all obtuse
        ((7, 7.2, 9, 95, 96, 97), (7.2, 7, 9, 95, 96, 97)),  # axes in another order
    ],
)
def test_where_the_reduced_cell_jumps(cell, other):
    one, two = triclinic(cell, other)
    assert close_candidates("aP", np.array([one]), two).all()
    assert close_candidates("aP", np.array([two]), one).all()


@pytest.mark.parametrize("symbol", CELLS)
def test_every_lattice_knows_itself_and_not_a_larger_one(symbol):
    x = free(symbol)
    factors = np.array([1.0, 1.02, 1.5, 0.6])
    assert close_candidates(symbol, x / factors[:, None] ** 2, x).tolist() == [True, True, False, False]


def close_to_any_basis(cell, truth):
    """Whether some basis of the true lattice, with coefficients up to 3, is within 1 Å and 5 degrees of a cell."""
    ca, cb, cg = np.cos(np.radians(truth[3:]))
    a, b, c = truth[:3]
    metric = np.array(
        [[a * a, a * b * cg, a * c * cb], [a * b * cg, b * b, b * c * ca], [a * c * cb, b * c * ca, c * c]]
    )
    coefficients = np.array([v for v in np.ndindex(7, 7, 7) if v != (3, 3, 3)]) - 3
    products = coefficients @ metric @ coefficients.T
    lengths = np.sqrt(np.diag(products))
    angles = np.degrees(np.arccos(np.clip(products / np.outer(lengths, lengths), -1, 1)))
    first, second, third = (np.flatnonzero(np.abs(lengths - length) < 1) for length in cell[:3])
    for i in first:
        for j in second[np.abs(angles[i, second] - cell[5]) < 5]:
            k = third[(np.abs(angles[i, third] - cell[4]) < 5) & (np.abs(angles[j, third] - cell[3]) < 5)]
            distance = (lengths[i] - cell[0]) ** 2 + (lengths[j] - cell[1]) ** 2 + (lengths[k] - cell[2]) ** 2
            bases = np.stack(np.broadcast_arrays(coefficients[i], coefficients[j], coefficients[k]), axis=1)
            if np.any((distance < 1) & (np.abs(np.round(np.linalg.det(bases))) == 1)):
                return True
    return False


@pytest.mark.parametrize(
    "cell", [(9.0, 9.0, 22.9, 90, 90, 119.9), (7.9, 13.9, 13.9, 107.6, 97.4, 97.3), (4, 9, 9, 103, 103, 61)]
)
def test_near_a_jump_no_basis_of_the_truth_is_forgotten(cell):
    truth = triclinic(cell)[0]
    rng = np.random.default_rng(1)
    strain = np.eye(3) + 0.06 * rng.standard_normal((60, 3, 3)) * rng.random((60, 1, 1))
    axes = np.linalg.cholesky(reciprocal_metric(truth[None]))[0] @ strain
    candidates = xnn_from_metric(axes @ np.swapaxes(axes, 1, 2))
    close = close_candidates("aP", candidates, truth)
    assert 10 < close.sum() < 58
    reduced = reduced_parameters(primitive_metrics("aP", candidates))
    (true_cell,) = reduced_parameters(primitive_metrics("aP", truth[None]))
    assert close.tolist() == [close_to_any_basis(one, true_cell) for one in reduced]


def test_what_is_no_cell_is_not_close():
    truth = free("aP")
    negative, flat = truth.copy(), truth.copy()
    negative[0] *= -1
    flat[3] = 2 * np.sqrt(flat[0] * flat[1])
    assert not close_candidates("aP", np.array([negative, flat]), truth).any()
    assert close_candidates("aP", np.empty((0, 6)), truth).shape == (0,)
