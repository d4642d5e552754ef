"""Variation of training lists."""

from __future__ import annotations

import numpy as np
import pytest
from training_lists import make_training_set

from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, full_xnn, hkl_design
from mlindex_plugin.models.list_variation import STRAIN, strain_lists, thin_lists


@pytest.mark.parametrize("symbol", ["cP", "tP", "oP", "mP", "aP"])
def test_strained_lists_are_those_of_the_strained_cells(symbol):
    lists, lattice = make_training_set(symbol, 60), LATTICES[symbol]
    q2, x = strain_lists(lattice, lists.q2, lists.hkl, lists.x, np.random.default_rng(2))
    lines = np.sort(np.einsum("npi,ni->np", hkl_design(lattice, lists.hkl), x), axis=1)
    np.testing.assert_allclose(q2, lines, rtol=1e-9)
    moved = np.any(x != lists.x, axis=1)
    assert moved.mean() > 0.3
    lengths, before = (cells_from_xnn(full_xnn(lattice, part[moved]))[:, :3] for part in (x, lists.x))
    assert np.log(lengths / before).std() == pytest.approx(STRAIN, rel=0.3)
    cells = cells_from_xnn(full_xnn(lattice, x))
    assert (cells[:, 3:] > 90 - 1e-5).all()
    if symbol in ("oP", "aP"):
        assert (np.diff(cells[:, :3], axis=1) > 0).all()


def test_errors_are_strained_along_and_contaminants_stay():
    lists, lattice = make_training_set("tP", 5), LATTICES["tP"]
    hkl = lists.hkl.copy()
    hkl[:, 3] = 0
    wrong = 1.001 * lists.q2
    q2, x = strain_lists(lattice, wrong, hkl, lists.x, np.random.default_rng(3))
    for i in range(5):
        lines = np.sort(1.001 * np.delete(hkl_design(lattice, hkl[i]) @ x[i], 3))
        at = np.searchsorted(lines, wrong[i, 3])
        np.testing.assert_allclose(q2[i], np.insert(lines, at, wrong[i, 3]))


def test_thinned_lists_are_parts_of_lists():
    q2 = np.tile(np.linspace(0.01, 0.6, 60), (2000, 1))
    q2[:100, 12:] = np.nan
    q2[100:120, 9:] = np.nan
    thin = thin_lists(q2, np.random.default_rng(4))
    n = np.isfinite(thin).sum(axis=1)
    assert (n[:100] >= 10).all() and (n[100:120] == 9).all() and (n[120:] >= 10).all()
    assert np.isin(thin[np.isfinite(thin)], q2[-1]).all()
    assert all((np.diff(row[:k]) > 0).all() and np.isnan(row[k:]).all() for row, k in zip(thin, n, strict=True))
    # most lists have the twenty peaks of a usual search, from the first twenty to the first few more
    assert 0.5 < np.mean(n[120:] == 20) < 0.75
    last = thin[120:][n[120:] == 20][:, 19]
    assert 0.3 < np.mean(last == q2[-1, 19]) < 0.7
