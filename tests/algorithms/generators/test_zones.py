from __future__ import annotations

import numpy as np
import pytest
from known_crystals import lines_of

from mlindex_plugin.algorithms.generators import zone_cells
from mlindex_plugin.algorithms.generators.zones import find_zones
from mlindex_plugin.algorithms.lattice import LATTICES, full_xnn, niggli_cell, volumes_from_xnn, xnn_from_cells
from mlindex_plugin.algorithms.lattice.bravais import cells_from_xnn

TRICLINIC = (7.1, 8.9, 11.2, 96.0, 104.0, 99.0)


def lines_with_gaps(symbol, cell, seed):
    """Twenty of the first thirty lines of a cell."""
    chosen = np.sort(np.random.default_rng(seed).permutation(30)[:20])
    return lines_of(symbol, cell, 30)[chosen]


def holds_cell(symbol, cells, true):
    """Whether one of the candidates has the reduced cell of the true one."""
    lattice = LATTICES[symbol]
    volume = volumes_from_xnn(full_xnn(lattice, cells))
    true_volume = volumes_from_xnn(xnn_from_cells(np.array(true, float)))
    close = cells[np.abs(volume / true_volume - 1) < 1e-6]
    wanted = niggli_cell(lattice, true)
    reduced = [niggli_cell(lattice, cell) for cell in cells_from_xnn(full_xnn(lattice, close))]
    return any(np.allclose(cell, wanted, rtol=1e-5) for cell in reduced)


@pytest.mark.parametrize("seed", range(4))
def test_zones_of_a_crystal_come_first(seed):
    q2 = lines_with_gaps("aP", TRICLINIC, seed)
    a, b, r = find_zones(q2, np.full(20, 4e-5), 5).T
    assert np.all((r >= 0) & (r <= a) & (a <= b))
    x = xnn_from_cells(np.array(TRICLINIC))
    grid = np.stack(np.meshgrid(*[np.arange(-6, 7)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    h, k, l = grid[np.any(grid != 0, axis=1)].T  # noqa: E741
    lines = np.stack([h * h, k * k, l * l, h * k, h * l, k * l], axis=1) @ x

    def error(q):
        return np.min(np.abs(lines - q))

    # rows and both diagonals of the likeliest zone are lines of the crystal, observed or not
    assert max(error(q) for q in (a[0], b[0], a[0] + b[0] + r[0], a[0] + b[0] - r[0])) < 1e-9


def test_strewn_lines_have_no_convincing_zone():
    def best(q2):
        from mlindex_plugin.algorithms.generators import zones

        return zones._propose(np.sort(np.r_[q2[:14], q2[:14] / 4]), q2, np.full(20, 4e-5), zones._TIES)[:, 0].max()

    rng = np.random.default_rng(3)
    random = [best(np.sort(rng.uniform(0.005, 0.09, 20))) for _ in range(5)]
    real = [best(lines_with_gaps("aP", TRICLINIC, seed)) for seed in range(5)]
    assert min(real) > max(random) + 5


@pytest.mark.parametrize(
    "symbol, cell",
    [
        ("aP", TRICLINIC),
        ("aP", (5.2, 6.1, 14.9, 83.0, 79.0, 71.0)),
        ("mP", (7.4, 5.9, 14.9, 90, 95.4, 90)),
        ("mC", (9.3, 7.7, 11.5, 90, 102, 90)),
    ],
)
def test_the_true_cell_is_among_the_candidates(symbol, cell):
    q2 = lines_of(symbol, cell, 20)
    assert holds_cell(symbol, zone_cells(LATTICES[symbol], q2, np.full(20, 4e-5)), cell)


def test_a_glide_plane_does_not_hide_the_cell():
    """P 21/c: h0l has only even l."""
    cell = (7.4, 5.9, 11.9, 90, 98.4, 90)
    x = xnn_from_cells(np.array(cell, float))[[0, 1, 2, 4]]
    grid = np.stack(np.meshgrid(*[np.arange(-5, 6)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    h, k, l = grid[np.any(grid != 0, axis=1)].T  # noqa: E741
    allowed = ((k != 0) | (l % 2 == 0)) & ((h != 0) | (l != 0) | (k % 2 == 0))
    lines = np.stack([h * h, k * k, l * l, h * l], axis=1)[allowed] @ x
    q2 = np.unique(np.round(lines, 12))[:20]
    assert holds_cell("mP", zone_cells(LATTICES["mP"], q2, np.full(20, 4e-5)), cell)


def test_zones_want_no_more_than_the_peaks_there_are():
    q2 = lines_of("aP", TRICLINIC, 8)
    assert zone_cells(LATTICES["aP"], q2, np.full(8, 4e-5)).shape[1] == 6
    few = zone_cells(LATTICES["mP"], np.array([0.01, 0.1, 0.5]), np.full(3, 1e-6))
    assert few.shape[1:] == (4,)
