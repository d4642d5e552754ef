from __future__ import annotations

import numpy as np
import pytest
from cctbx import crystal, uctbx
from lattice_cells import CELLS, SEARCH_GROUPS, free

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    are_cells,
    cells_from_xnn,
    full_xnn,
    hkl_design,
    reciprocal_metric,
    volumes_from_cells,
    volumes_from_xnn,
)


def test_there_are_fourteen():
    assert set(LATTICES) == set(CELLS)
    assert {symbol: lattice.n_free for symbol, lattice in LATTICES.items() if lattice.n_free > 3} == {
        "mP": 4,
        "mC": 4,
        "aP": 6,
    }


@pytest.mark.parametrize("symbol", LATTICES)
def test_cell_and_xnn_are_inverse(symbol):
    full = full_xnn(LATTICES[symbol], free(symbol))
    np.testing.assert_allclose(cells_from_xnn(full), CELLS[symbol], rtol=1e-10)
    assert volumes_from_xnn(full) == pytest.approx(uctbx.unit_cell(CELLS[symbol]).volume())
    assert volumes_from_cells(CELLS[symbol]) == pytest.approx(uctbx.unit_cell(CELLS[symbol]).volume(), rel=1e-12)


@pytest.mark.parametrize("symbol", LATTICES)
def test_linear_model_gives_the_d_spacings_of_cctbx(symbol):
    hkl = np.array([(1, 0, 0), (2, 1, 1), (1, -2, 3), (0, 3, -1)])
    q2 = hkl_design(LATTICES[symbol], hkl) @ free(symbol)
    cell = uctbx.unit_cell(CELLS[symbol])
    np.testing.assert_allclose(q2, [cell.d(tuple(int(i) for i in h)) ** -2 for h in hkl], rtol=1e-10)


@pytest.mark.parametrize("symbol", LATTICES)
def test_sixteen_bits_hold_indices_up_to_a_hundred(symbol):
    hkl = np.random.default_rng(1).integers(-100, 101, (50, 4, 3)).astype(np.int8)
    hkl[0] = 100
    rows = hkl_design(LATTICES[symbol], hkl, np.int16)
    assert rows.dtype == np.int16 and rows.flags.c_contiguous
    np.testing.assert_array_equal(rows, hkl_design(LATTICES[symbol], hkl))


@pytest.mark.parametrize("symbol", LATTICES)
def test_order_of_the_laue_group(symbol):
    group = crystal.symmetry(CELLS[symbol], SEARCH_GROUPS[symbol]).space_group()
    assert LATTICES[symbol].n_operations == 2 * group.order_p()
    assert LATTICES[symbol].n_centring == group.n_ltr()


def test_volumes_of_many_cells_of_which_one_is_none():
    volumes = volumes_from_cells([[CELLS["aP"], CELLS["hP"]], [CELLS["cP"], (5, 5, 5, 60, 60, 130)]])
    assert volumes.shape == (2, 2) and np.isnan(volumes).tolist() == [[False, False], [False, True]]


def test_volume_of_an_impossible_metric_is_nan():
    assert np.isnan(volumes_from_xnn(np.array([0.01, 0.01, 0.01, 0.05, 0.0, 0.0])))


def test_cells_are_positive_definite_metrics():
    rng = np.random.default_rng(1)
    full = rng.uniform(-1, 1, (2000, 6)) + np.repeat([0.5, 0.0], 3)
    metrics = reciprocal_metric(full)
    expected = (np.linalg.eigvalsh(metrics) > 0).all(axis=1)
    assert 50 < expected.sum() < 1000
    assert (np.linalg.det(metrics)[~expected] > 0).sum() > 50  # the volume alone does not tell
    np.testing.assert_array_equal(are_cells(full), expected)
    assert not are_cells(np.full(6, np.nan))
