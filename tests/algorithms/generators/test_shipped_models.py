import numpy as np
import pytest

from mlindex_plugin.algorithms.generators import load_ensemble
from mlindex_plugin.algorithms.generators.ensemble import TRAINED
from mlindex_plugin.algorithms.generators.shares import member_shares
from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    find_lines,
    full_xnn,
    lattice_table,
    volumes_from_xnn,
    xnn_from_cells,
)
from mlindex_plugin.algorithms.lattice.closeness import close_candidates
from mlindex_plugin.models.registry import default_directory

# Cells that are in no data set: axes and angles made up for this test.
CELLS = {
    "cF": (9.31, 9.31, 9.31, 90, 90, 90),
    "tP": (6.83, 6.83, 11.27, 90, 90, 90),
    "hR": (8.61, 8.61, 21.53, 90, 90, 120),
    "oP": (7.37, 9.61, 13.93, 90, 90, 90),
    "mP": (8.27, 10.43, 12.71, 90, 104.3, 90),
    "aP": (7.13, 8.97, 11.21, 96.1, 104.2, 99.3),
}


def lines_of(symbol, x, n):
    table = lattice_table(symbol)
    lines, codes = np.empty(5000), np.empty(5000, np.int64)
    found = find_lines(table.family, table.centring, table.reps, x, 1.0, 5000, lines, codes)
    return np.unique(np.round(lines[:found], 9))[:n]


@pytest.mark.parametrize("symbol", LATTICES)
def test_every_lattice_has_an_ensemble(symbol):
    ensemble = load_ensemble(symbol)
    assert set(TRAINED) < set(ensemble.members)
    assert set(member_shares(symbol)) <= set(ensemble.members)
    q2 = np.linspace(0.006, 0.09, 20)[: 10 if symbol[0] == "c" else 20] ** 1.1
    x = ensemble.generate(q2, 400, np.random.default_rng(1), max_volume=60000.0)
    assert x.shape[1] == LATTICES[symbol].n_free
    assert 300 < len(x) <= 400
    volumes = volumes_from_xnn(full_xnn(LATTICES[symbol], x))
    assert (volumes > 0).all() and volumes.max() <= 60000.0
    np.testing.assert_array_equal(ensemble.generate(q2, 400, np.random.default_rng(1), max_volume=60000.0), x)


@pytest.mark.parametrize("symbol", CELLS)
def test_candidates_come_close_to_a_cell_never_seen(symbol):
    truth = np.ascontiguousarray(xnn_from_cells(np.array(CELLS[symbol], float))[list(LATTICES[symbol].columns)])
    q2 = lines_of(symbol, truth, 10 if symbol[0] == "c" else 20)
    x = load_ensemble(symbol).generate(q2, 2000, np.random.default_rng(0))
    assert close_candidates(symbol, x, truth).sum() >= 10


def test_the_models_of_the_package_fit_into_30_megabytes():
    assert sum(path.stat().st_size for path in default_directory().glob("*.npz")) < 30e6
