import numpy as np
import pytest

from mlindex_plugin.algorithms.generators.weighing import NO_CELL, log_likelihoods
from mlindex_plugin.algorithms.lattice import LATTICES, hkl_design, lattice_table, xnn_from_cells

CELL = np.array([[7.1, 8.9, 11.2, 96.0, 104.0, 99.0]])
HKL = np.array([v for v in np.ndindex(13, 13, 13)]) - 6
HKL = HKL[[tuple(v) > (0, 0, 0) for v in HKL]]  # one of each Friedel pair


def triclinic_lines(x, limit):
    q2 = np.sort(hkl_design(LATTICES["aP"], HKL) @ x)
    return q2[q2 < limit]


@pytest.fixture
def truth():
    return xnn_from_cells(CELL)


def test_log_likelihood_is_that_of_a_poisson_process(truth):
    q2 = triclinic_lines(truth[0], 1.0)[[0, 1, 3, 4, 5, 8, 9, 11, 14, 15]]
    (value,) = log_likelihoods(lattice_table("aP"), truth, q2)
    lines = triclinic_lines(truth[0], 1.02 * q2[-1])
    width = 0.1 * lines
    observed = min(1, len(q2) / len(lines))
    cauchy = 1 / (np.pi * width * (1 + ((q2[:, None] - lines) / width) ** 2))
    rate = 1 / q2[-1] + observed * cauchy.sum(axis=1)
    assert value == pytest.approx(np.log(rate).sum() - observed * len(lines), rel=1e-12)


def test_the_true_cell_is_likelier_than_others(truth):
    q2 = triclinic_lines(truth[0], 1.0)[:20]
    others = xnn_from_cells(CELL * [[1.3, 1, 1, 1, 1, 1], [1, 1, 0.7, 1, 1, 1], [1.2, 1.2, 1.2, 1, 1, 1]])
    values = log_likelihoods(lattice_table("aP"), np.concatenate([truth, others]), q2)
    assert values.argmax() == 0
    assert values[0] - values[1:].max() > 3


def test_what_is_no_cell_has_no_likelihood(truth):
    flat = np.array([[0.01, 0.01, 0.01, 0.02, 0.02, 0.02]])  # not positive definite
    huge = truth / 100
    values = log_likelihoods(lattice_table("aP"), np.concatenate([flat, huge]), triclinic_lines(truth[0], 1.0)[:20])
    assert values.tolist() == [NO_CELL, NO_CELL]
