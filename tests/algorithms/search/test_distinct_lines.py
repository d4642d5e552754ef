from __future__ import annotations

import numpy as np
from search_data import free_xnn, lines_of, observed

from mlindex_plugin.algorithms.lattice import lattice_table, pack, substructures, unpack
from mlindex_plugin.algorithms.search import refine

CELL = (6.2, 8.1, 13.3, 90, 90, 90)


def halves():
    """Numbers of the substructures of oP that halve an axis, by axis."""
    own = substructures("oP")
    hkl = np.array([v for v in np.ndindex(4, 4, 4)])
    bits = own.main_lines(pack(*hkl.T))
    found = []
    for axis in range(3):
        even = hkl[:, axis] % 2 == 0
        found += [i for i in range(len(own.index)) if np.array_equal((bits >> np.uint64(i)) & np.uint64(1) == 1, even)]
    return found


def test_main_lines_are_counted_once_each():
    q2 = lines_of("oP", CELL, 25)
    refined = refine(lattice_table("oP"), free_xnn("oP", CELL)[None], observed(q2, 1e-4), with_shift=False)
    assert refined.n_distinct[0] == 25
    hkl = np.stack(unpack(refined.code[0]), axis=1)
    for axis, number in enumerate(halves()):
        even = hkl[:, axis] % 2 == 0
        assert refined.n_main[0, number] == even.sum()
        np.testing.assert_array_equal((refined.main[0] >> np.uint64(number)) & np.uint64(1) == 1, even)


def test_lines_that_cannot_be_told_apart_are_main_if_one_of_them_is():
    cell = (6.0, 6.0003, 6.0006, 90, 90, 90)
    peaks = observed(lines_of("cP", (6, 6, 6, 90, 90, 90), 12))
    refined = refine(lattice_table("oP"), free_xnn("oP", cell)[None], peaks, with_shift=False)
    assert refined.n_distinct[0] == 12
    # 100, 010 and 001 are one line, and two of them have an even h
    squares = np.rint(peaks.q2 * 36).astype(int)
    sums = {s: [v for v in np.ndindex(5, 5, 5) if sum(i * i for i in v) == s] for s in squares}
    expected = sum(any(v[0] % 2 == 0 for v in sums[s]) for s in squares)
    assert refined.n_main[0, halves()[0]] == expected
