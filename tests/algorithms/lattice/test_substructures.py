from __future__ import annotations

import numpy as np
import pytest
from cctbx import sgtbx
from lattice_cells import CELLS, SEARCH_GROUPS, free

from mlindex_plugin.algorithms.lattice import LATTICES, find_lines, lattice_table, pack, substructures, unpack

# one for each sublattice of index 2, 3 and 4 that the symmetry leaves as it is
NUMBERS = {"aP": (7, 13, 35), "oP": (7, 3, 19), "mC": (3, 5, 11), "tP": (3, 1, 5), "hP": (1, 2, 2), "cP": (1, 0, 1)}


@pytest.mark.parametrize("symbol", NUMBERS)
def test_every_invariant_sublattice_is_listed(symbol):
    index = substructures(symbol).index
    assert tuple(index.count(n) for n in (2, 3, 4)) == NUMBERS[symbol]


def main_lines(symbol, hkl):
    """Whether lines are main lines of each substructure, shape (n, n_substructures)."""
    own = substructures(symbol)
    bits = own.main_lines(pack(*np.asarray(hkl).T))
    return (bits[:, None] >> np.arange(len(own.index), dtype=np.uint64)) & np.uint64(1) == 1


# main lines are those for which the product of each row and the indices is a multiple of the modulus
@pytest.mark.parametrize(
    ("symbol", "index", "rows", "modulus"),
    [
        ("oP", 2, [(1, 1, 1)], 2),  # body-centred
        ("oP", 2, [(0, 0, 1)], 2),  # half of c
        ("oI", 2, [(1, 0, 0)], 2),  # the faces centred as well
        ("oI", 4, [(1, 0, 0), (0, 1, 0)], 2),  # half of every axis, primitive
        ("hP", 3, [(1, -1, 0)], 3),  # a / sqrt(3)
        ("tP", 4, [(1, 0, 0), (0, 1, 0)], 2),  # half of a and b
        ("mC", 3, [(0, 1, 0)], 3),  # a third of b
        ("aP", 4, [(1, 2, 3)], 4),
    ],
)
def test_main_lines_are_those_of_the_smaller_cell(symbol, index, rows, modulus):
    hkl = np.array(list(np.ndindex(7, 7, 7))) - 3
    if LATTICES[symbol].centring == "I":
        hkl = hkl[hkl.sum(axis=1) % 2 == 0]
    found = main_lines(symbol, hkl)
    wanted = np.all(hkl @ np.array(rows).T % modulus == 0, axis=1)
    same = [i for i in range(found.shape[1]) if np.array_equal(found[:, i], wanted)]
    assert [substructures(symbol).index[i] for i in same] == [index]


@pytest.mark.parametrize("symbol", CELLS)
def test_equivalent_reflections_are_main_lines_together(symbol):
    # indices of the enumerator itself: for hR some are of the reverse setting
    table = lattice_table(symbol)
    lines, codes = np.empty(4000), np.empty(4000, np.int64)
    own = (table.family, table.centring, table.reps)
    n = find_lines(*own, free(symbol), 1.5, 4000, lines, codes)
    hkl = np.stack(unpack(codes[:n]), axis=1)
    if symbol == "hR":
        hkl = hkl[(-hkl[:, 0] + hkl[:, 1] + hkl[:, 2]) % 3 == 0]
    first = main_lines(symbol, hkl)
    assert 0 < first.mean() < 1
    for operation in sgtbx.space_group_info(SEARCH_GROUPS[symbol]).group():
        rotation = np.array(operation.r().as_double()).reshape(3, 3)
        np.testing.assert_array_equal(main_lines(symbol, np.rint(hkl @ rotation).astype(int)), first)


def test_a_rhombohedral_line_may_be_listed_under_its_mirror_image():
    assert np.array_equal(main_lines("hR", [(1, 0, 1)]), main_lines("hR", [(0, 1, 1)]))


def test_where_there_is_no_line_there_is_no_main_line():
    assert substructures("oP").main_lines(np.array([[-1, pack(2, 2, 2)]])).tolist()[0][0] == 0
    assert substructures("oP").main_lines(np.array([[-1, pack(2, 2, 2)]])).tolist()[0][1] > 0
