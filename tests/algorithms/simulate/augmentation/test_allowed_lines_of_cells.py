"""Allowed lines of cells against cctbx."""

from __future__ import annotations

import numpy as np
import pytest
from cctbx import crystal as cctbx_crystal
from cctbx import miller, sgtbx, uctbx

from mlindex_plugin.algorithms.simulate.augmentation import allowed_lines_of_cells

CELLS = {
    "c": (14.1, 14.1, 14.1, 90, 90, 90),
    "t": (9.3, 9.3, 17.7, 90, 90, 90),
    "h": (9.3, 9.3, 17.7, 90, 90, 120),
    "o": (6.1, 9.7, 15.2, 90, 90, 90),
    "m": (6.1, 9.7, 15.2, 90, 101.3, 90),
    "a": (6.1, 7.7, 9.2, 93.1, 98.2, 104.3),
}
SYMBOLS = [
    ("P a -3", "cP"), ("P 21 3", "cP"), ("P 41 3 2", "cP"), ("P n -3 n", "cP"), ("I a -3 d", "cI"), ("I a -3", "cI"),
    ("F d -3 m", "cF"), ("F d -3 c", "cF"), ("P 41 21 2", "tP"), ("P 42/n b c", "tP"), ("I 41/a", "tI"),
    ("I 41/a c d", "tI"), ("I -4 2 d", "tI"), ("P 61", "hP"), ("P 31", "hP"), ("P -3 c 1", "hP"), ("P 63/m m c", "hP"),
    ("R -3 c", "hR"), ("R 3", "hR"), ("P c a b", "oP"), ("C m c a", "oC"), ("F d 2 d", "oF"), ("I b c a", "oI"),
    ("P 1 21/n 1", "mP"), ("I 1 2/a 1", "mC"), ("P -1", "aP"),
]  # fmt: skip


def lines_of_cctbx(symbol, cell, d_min):
    """Distinct positions of the reflections that are not absent, 1/Å², ascending."""
    symmetry = cctbx_crystal.symmetry(unit_cell=cell, space_group_symbol=symbol)
    indices = miller.build_set(symmetry, anomalous_flag=False, d_min=d_min)
    q2 = np.sort(indices.d_star_sq().data().as_numpy_array())
    return q2[np.diff(q2, prepend=-1.0) > 1e-9]


@pytest.mark.parametrize(("symbol", "lattice"), SYMBOLS)
def test_lines_are_those_of_cctbx(symbol, lattice):
    cell = CELLS[lattice[0]]
    ((q2, hkl),) = allowed_lines_of_cells(lattice, [symbol], np.array([cell], float), wanted=400)
    expected = lines_of_cctbx(symbol, cell, 1 / np.sqrt(q2[-1] * (1 + 1e-9)))
    assert len(q2) >= 50
    np.testing.assert_allclose(q2, expected, rtol=1e-10)
    group = sgtbx.space_group_info(symbol).group()
    unit_cell = uctbx.unit_cell(cell)
    for position, index in zip(q2, map(tuple, hkl.tolist()), strict=True):
        assert not group.is_sys_absent(index)
        assert unit_cell.d_star_sq(index) == pytest.approx(position, rel=1e-9)


def test_lines_are_complete_in_an_extreme_zone():
    cell = (4.1, 5.3, 78.0, 90, 90, 90)
    ((q2, _),) = allowed_lines_of_cells("oP", ["P 21 21 21"], np.array([cell]))
    np.testing.assert_allclose(q2, lines_of_cctbx("P 21 21 21", cell, 1 / np.sqrt(q2[-1] * (1 + 1e-9))), rtol=1e-10)


def test_the_order_follows_the_cell():
    cells = np.array([[4.0, 9.0, 10.0, 90, 90, 90], [8.0, 9.0, 10.0, 90, 90, 90]])
    (_, first), (_, second) = allowed_lines_of_cells("oP", ["P 2 2 2"] * 2, cells)
    assert first[:4].tolist() == [[0, 0, 1], [0, 1, 0], [0, 1, 1], [0, 0, 2]]
    assert second[:4].tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 1]]


def test_lines_end_where_those_of_entries_do():
    small, large = np.array([[4.0] * 3 + [90.0] * 3]), np.array([[20.0, 21.0, 22.0, 91, 92, 93]])
    ((q2, _),) = allowed_lines_of_cells("cP", ["P m -3 m"], small)
    assert 1.6 < q2[-1] < 1 / 0.77**2
    ((q2, _),) = allowed_lines_of_cells("aP", ["P -1"], large)
    assert len(q2) == 1000 and q2[-1] < 0.4217
