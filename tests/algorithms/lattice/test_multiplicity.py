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
}
# lattice, cell and indices of lines that several forms share, as far as the lists below go
SHARED = {
    "cP": ((7.1, 7.1, 7.1, 90, 90, 90), {(3, 0, 0), (4, 1, 0), (3, 3, 0)}),
    "cI": ((9.1, 9.1, 9.1, 90, 90, 90), {(4, 1, 1), (5, 1, 0)}),
    "cF": ((9.1, 9.1, 9.1, 90, 90, 90), {(5, 1, 1)}),
    "tP": ((9.1, 9.1, 5.2, 90, 90, 90), {(5, 0, 0)}),
    "tI": ((9.1, 9.1, 5.2, 90, 90, 90), {(5, 0, 1)}),
    "hP": ((13.1, 13.1, 5.2, 90, 90, 120), {(7, 0, 0)}),
    "hR": ((13.1, 13.1, 9.2, 90, 90, 120), {(7, 0, 1)}),
}
CENTRED = {
    "P": lambda h, k, l: True,  # noqa: E741
    "I": lambda h, k, l: (h + k + l) % 2 == 0,  # noqa: E741
    "F": lambda h, k, l: ((h + k) % 2 == 0) & ((k + l) % 2 == 0),  # noqa: E741
    "R": lambda h, k, l: (-h + k + l) % 3 == 0,  # noqa: E741
}


@pytest.mark.parametrize("symbol", HOLOHEDRIES)
def test_multiplicities_are_those_of_cctbx(symbol):
    group, cell = HOLOHEDRIES[symbol]
    symmetry = crystal.symmetry(unit_cell=cell, space_group_symbol=group)
    indices = flex.miller_index([tuple(map(int, one)) for one in representatives(symbol, cell)])
    expected = miller.set(symmetry, indices, anomalous_flag=False).multiplicities().data().as_numpy_array()
    np.testing.assert_array_equal(multiplicities(symbol, cell), expected)
    assert len(set(expected)) > 1 or symbol == "aP"


@pytest.mark.parametrize("symbol", SHARED)
def test_a_line_is_of_all_vectors_of_its_length(symbol):
    cell, shared = SHARED[symbol]
    hexagonal = symbol[0] == "h"
    h, k, l = np.indices((31, 31, 31)).reshape(3, -1) - 15  # noqa: E741
    allowed = CENTRED[symbol[1]](h, k, l)
    plane = h * h + k * k + (h * k if hexagonal else 0)
    found = dict(zip(map(tuple, representatives(symbol, cell).tolist()), multiplicities(symbol, cell), strict=True))
    assert shared & {(abs(a), abs(b), abs(c)) for a, b, c in found}
    for (a, b, c), number in found.items():
        total = a * a + b * b + (a * b if hexagonal else 0)
        if symbol[0] == "c":
            assert number == np.sum(allowed & (plane + l * l == total + c * c))
        else:
            assert number == np.sum(allowed & (plane == total) & (abs(l) == c))


def lines_of(symbol, cell):
    return lattice_table(symbol).lines(free_xnn(LATTICES[symbol], np.array(cell, dtype=float)), 0.42, 2000)


def representatives(symbol, cell):
    return np.stack(unpack(lines_of(symbol, cell)[1]), axis=1)


def multiplicities(symbol, cell):
    *table, _ = lattice_table(symbol).codes
    return [multiplicity(*table, code) for code in lines_of(symbol, cell)[1]]
