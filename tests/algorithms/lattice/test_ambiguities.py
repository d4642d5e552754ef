from __future__ import annotations

import csv
from fractions import Fraction
from importlib import resources

import numpy as np
import pytest
from known_crystals import lines_of

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    cells_from_xnn,
    find_lines,
    full_xnn,
    lattice_table,
    same_line_cells,
    xnn_from_cells,
)

TABLE = list(csv.DictReader(resources.files("mlindex_plugin.algorithms.lattice").joinpath("ambiguities.csv").open("r")))


def free_xnn(symbol, cell):
    return xnn_from_cells(np.array(cell, float))[list(LATTICES[symbol].columns)]


def distinct_lines(symbol, x, limit):
    """Every line position below a limit, once."""
    table = lattice_table(symbol)
    lines, codes = np.empty(30_000), np.empty(30_000, np.int64)
    n = find_lines(table.family, table.centring, table.reps, np.array(x, float), limit, 30_000, lines, codes)
    assert n > 0
    lines = np.sort(lines[:n])
    return lines[np.insert(np.diff(lines) > 1e-9, 0, True)]


def assert_same_lines(symbol, x, other, y, limit):
    np.testing.assert_allclose(distinct_lines(symbol, x, limit), distinct_lines(other, y, limit), rtol=0, atol=1e-9)


def form_x(row):
    return np.array([float(Fraction(value)) for value in row["x"].split()])


@pytest.mark.parametrize("group", sorted({int(row["group"]) for row in TABLE}))
def test_every_group_of_the_table_has_one_set_of_lines(group):
    rows = [row for row in TABLE if int(row["group"]) == group]
    assert len(rows) > 1
    for row in rows[1:]:
        # the integers up to 400 that both represent
        assert_same_lines(rows[0]["lattice"], form_x(rows[0]), row["lattice"], form_x(row), 400.5)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['group']}-{row['lattice']}")
def test_every_lattice_of_the_table_is_recognised(row):
    others = [other for other in TABLE if other["group"] == row["group"] and other is not row]
    found = same_line_cells([(row["lattice"], 0.013 * form_x(row))])
    for other in others:
        assert any(s == other["lattice"] and np.allclose(x, 0.013 * form_x(other), rtol=1e-9) for s, x in found)


def test_the_cubic_lattices_and_their_tetragonal_and_orthorhombic_companions():
    """Mighell 2004: cubic P, tetragonal P and orthorhombic C have every line in common."""
    found = same_line_cells([("cP", free_xnn("cP", (6, 6, 6, 90, 90, 90)))])
    cells = {symbol: cells_from_xnn(full_xnn(LATTICES[symbol], x)) for symbol, x in found}
    assert sorted(cells) == ["oC", "tP"]
    assert sorted(cells["oC"][:3]) == pytest.approx([2 * 2**0.5, 6, 6 * 2**0.5])
    assert cells["tP"] == pytest.approx([6 / 2**0.5, 6 / 2**0.5, 6, 90, 90, 90])
    for symbol, companion in (("cI", "tP"), ("cF", "oC")):
        x = free_xnn(symbol, (6, 6, 6, 90, 90, 90))
        partner = next(y for s, y in same_line_cells([(symbol, x)]) if s == companion)
        cell = tuple(cells_from_xnn(full_xnn(LATTICES[companion], partner)))
        assert lines_of(symbol, (6, 6, 6, 90, 90, 90), 40) == pytest.approx(lines_of(companion, cell, 40), abs=1e-8)


@pytest.mark.parametrize("c", [3.1, 5.4047, 11.3, 31.7])
@pytest.mark.parametrize("symbol, partner", [("hP", "oP"), ("hR", "mP")])
def test_hexagonal_and_rhombohedral_lattices_of_any_axial_ratio(symbol, partner, c):
    x = free_xnn(symbol, (4.9137, 4.9137, c, 90, 90, 120))
    y = next(y for s, y in same_line_cells([(symbol, x)]) if s == partner)
    limit = 25 * x[0] + 0.0123
    assert_same_lines(symbol, x, partner, y, limit)
    # and back, also from another choice of axes
    back = [z for s, z in same_line_cells([(partner, y)]) if s == symbol]
    assert any(np.allclose(z, x, rtol=1e-9) for z in back)
    if partner == "mP":
        hh, kk, ll, hl = y
        for n in (-2, 1, 3):
            sheared = np.array([hh + n * n * ll + n * hl, kk, ll, hl + 2 * n * ll])
            back = [z for s, z in same_line_cells([("mP", sheared)]) if s == "hR"]
            assert any(np.allclose(z, x, rtol=1e-9) for z in back)


def test_a_cell_that_is_nearly_special_leads_to_the_special_one():
    rng = np.random.default_rng(1)
    for _ in range(50):
        x = free_xnn("tP", (6 / 2**0.5, 6 / 2**0.5, 6, 90, 90, 90)) * (1 + rng.uniform(-0.003, 0.003, 2))
        (cubic,) = [y for s, y in same_line_cells([("tP", x)]) if s == "cP"]
        assert cubic[0] == pytest.approx(1 / 36, rel=0.005)
    x = free_xnn("oP", (2.457, 4.262, 5.4, 90, 90, 90))
    assert [s for s, _ in same_line_cells([("oP", x)])] == ["hP"]


@pytest.mark.parametrize(
    "symbol, cell",
    [
        ("aP", (7.1, 8.9, 11.2, 96, 104, 99)),
        ("mP", (7.4, 5.9, 14.9, 90, 95.4, 90)),
        ("mC", (9.3, 7.7, 11.5, 90, 102, 90)),
        ("oP", (4.8, 6.2, 10.2, 90, 90, 90)),
        ("tP", (5.1, 5.1, 8.4, 90, 90, 90)),
        ("tI", (5.1, 5.1, 8.3, 90, 90, 90)),
    ],
)
def test_other_lattices_are_alone(symbol, cell):
    assert same_line_cells([(symbol, free_xnn(symbol, cell))]) == []
