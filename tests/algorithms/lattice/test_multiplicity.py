from __future__ import annotations

import numpy as np
import pytest
from cctbx import crystal, miller
from cctbx.array_family import flex

from mlindex_plugin.algorithms.lattice import LATTICES, free_xnn, lattice_table, multiplicity, unpack

# holohedry and cell in the search setting (monoclinic I)
HOLOHEDRIES = {
    "aP": ("P -1", (5.1, 6.3, 7.2, 81, 95, 102)),
    "mP": ("P 1 2/m 1", (5.1, 6.3, 7.2, 90, 95, 90)),
    "mC": ("I 1 2/m 1", (5.1, 6.3, 7.2, 90, 95, 90)),
    "oF": ("F m m m", (5.1, 6.3, 7.2, 90, 90, 90)),
    "tI": ("I 4/m m m", (5.1, 5.1, 7.2, 90, 90, 90)),
    "hP": ("P 6/m m m", (5.1, 5.1, 7.2, 90, 90, 120)),
    "cP": ("P m -3 m", (7.1, 7.1, 7.1, 90, 90, 90)),
    "cF": ("F m -3 m", (9.1, 9.1, 9.1, 90, 90, 90)),
}


@pytest.mark.parametrize("symbol", HOLOHEDRIES)
def test_multiplicities_are_those_of_cctbx(symbol):
    group, cell = HOLOHEDRIES[symbol]
    hkl = representatives(symbol, cell)
    symmetry = crystal.symmetry(unit_cell=cell, space_group_symbol=group)
    indices = flex.miller_index([tuple(map(int, one)) for one in hkl])
    expected = miller.set(symmetry, indices, anomalous_flag=False).multiplicities().data().as_numpy_array()
    np.testing.assert_array_equal(multiplicities(symbol, cell), expected)
    assert len(set(expected)) > 1 or symbol == "aP"


def test_rhombohedral_lines_are_as_many_as_vectors_of_their_length():
    cell = (5.1, 5.1, 13.2, 90, 90, 120)
    grid = np.indices((13, 13, 25)).reshape(3, -1).T - [6, 6, 12]
    h, k, l = grid[(-grid[:, 0] + grid[:, 1] + grid[:, 2]) % 3 == 0].T  # noqa: E741
    square, l_square = h * h + h * k + k * k, l * l
    for (a, b, c), found in zip(representatives("hR", cell), multiplicities("hR", cell), strict=True):
        assert found == np.sum((square == a * a + a * b + b * b) & (l_square == c * c))


def lines_of(symbol, cell):
    return lattice_table(symbol).lines(free_xnn(LATTICES[symbol], np.array(cell, dtype=float)), 0.35, 2000)


def representatives(symbol, cell):
    return np.stack(unpack(lines_of(symbol, cell)[1]), axis=1)


def multiplicities(symbol, cell):
    *table, _ = lattice_table(symbol).codes
    return [multiplicity(*table, code) for code in lines_of(symbol, cell)[1]]
