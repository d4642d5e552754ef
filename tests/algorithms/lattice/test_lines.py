from __future__ import annotations

import numpy as np
import pytest
from cctbx import crystal, miller
from lattice_cells import CELLS, SEARCH_GROUPS, free

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    find_lines,
    hkl_design,
    lattice_table,
    pack,
    unpack,
)

LIMIT = 0.6


def lines_of(symbol, x, limit=LIMIT, most=5000):
    table = lattice_table(symbol)
    lines, codes = np.empty(most), np.empty(most, np.int64)
    n = find_lines(table.family, table.centring, table.reps, x, limit, most, lines, codes)
    return n, lines[: max(n, 0)], codes[: max(n, 0)]


@pytest.mark.parametrize("symbol", LATTICES)
def test_every_line_is_found_once(symbol):
    """Against cctbx: all reflections allowed by the centring, one for each distinct position."""
    symmetry = crystal.symmetry(CELLS[symbol], SEARCH_GROUPS[symbol])
    indices = miller.build_set(symmetry, anomalous_flag=False, d_min=LIMIT**-0.5)
    known = np.unique(np.round(1 / np.array(indices.d_spacings().data()) ** 2, 9))
    n, lines, _ = lines_of(symbol, free(symbol))
    known = known[known < LIMIT - 1e-8]
    lines = np.sort(lines[lines < LIMIT - 1e-8])
    np.testing.assert_allclose(np.unique(np.round(lines, 9)), known, atol=2e-9)
    if LATTICES[symbol].n_free >= 3:
        # no two Miller indices of one form
        merged = indices.merge_equivalents() if hasattr(indices, "merge_equivalents") else indices
        assert len(lines) == np.sum(1 / np.array(merged.d_spacings().data()) ** 2 < LIMIT - 1e-8)


@pytest.mark.parametrize("symbol", LATTICES)
def test_codes_belong_to_their_lines(symbol):
    _, lines, codes = lines_of(symbol, free(symbol))
    hkl = np.stack(unpack(codes), axis=1)
    np.testing.assert_allclose(hkl_design(LATTICES[symbol], hkl) @ free(symbol), lines, rtol=1e-9)


def test_extreme_cell_is_complete():
    """A layered monoclinic cell of one axis of 75 Å: 00l up to high orders."""
    from mlindex_plugin.algorithms.lattice import xnn_from_cells

    full = xnn_from_cells(np.array([4.1, 5.2, 75.0, 90, 93.0, 90]))
    n, _, codes = lines_of("mP", np.ascontiguousarray(full[[0, 1, 2, 4]]), limit=0.09)
    hkl = set(zip(*(i.tolist() for i in unpack(codes)), strict=True))
    assert {(0, 0, l) for l in range(1, 23)} <= hkl  # noqa: E741
    assert n == len(hkl)


def test_too_many_lines_and_impossible_cells_overflow():
    assert lines_of("aP", free("aP"), most=20)[0] == -1
    assert lines_of("aP", np.array([0.01, 0.01, 0.01, 0.05, 0.0, 0.0]))[0] == -1
    assert lines_of("mP", np.array([0.01, -0.01, 0.01, 0.0]))[0] == -1


def test_pack_round_trip():
    assert unpack(pack(-7, 0, 431)) == (-7, 0, 431)


def test_lines_of_a_table_ascend_and_keep_their_codes():
    x = free("mC")
    n, found, _ = lines_of("mC", x)
    lines, codes = lattice_table("mC").lines(x, LIMIT, 5000)
    np.testing.assert_array_equal(lines, np.sort(found))
    np.testing.assert_allclose(hkl_design(LATTICES["mC"], np.stack(unpack(codes), axis=1)) @ x, lines, rtol=1e-9)
    for none in (lattice_table("mC").lines(-x, LIMIT, 5000), lattice_table("mC").lines(x, LIMIT, n // 2)):
        assert [len(part) for part in none] == [0, 0]
