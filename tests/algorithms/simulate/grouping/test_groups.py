"""Groups of space-group symbols: the rule, the shipped table, the command that makes it."""

from __future__ import annotations

import gzip
from collections import Counter

import pytest
from cctbx import sgtbx

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.simulate.grouping import group_names, group_of
from mlindex_plugin.algorithms.simulate.grouping.__main__ import run
from mlindex_plugin.algorithms.simulate.grouping.rule import Pattern, make_groups
from mlindex_plugin.algorithms.simulate.grouping.symbols import common_symbols, count_cells, molecular_counts
from mlindex_plugin.errors import InputError


def test_common_symbols_are_complete():
    symbols = common_symbols()
    assert {number for _, number in symbols.values()} == set(range(1, 231))
    numbers = Counter(number for _, number in symbols.values())
    assert [numbers[n] for n in (16, 17, 18, 19, 29, 61, 62, 63, 74)] == [1, 3, 3, 1, 6, 2, 6, 2, 3]
    for symbol, (_, number) in symbols.items():
        assert sgtbx.space_group_info(symbol).type().number() == number


def test_every_symbol_has_a_group_of_its_lattice():
    for symbol, (lattice, _) in common_symbols().items():
        assert group_of(symbol) in group_names(lattice)
    assert all(group_names(lattice)[0] == f"{lattice}-1" for lattice in LATTICES)


def test_space_group_18_falls_in_three_groups_with_others_alike():
    groups = [group_of(symbol) for symbol in ("P 21 21 2", "P 21 2 21", "P 2 21 21")]
    assert len(set(groups)) == 3
    assert [group_of(symbol) for symbol in ("P b a 2", "P c a 21", "P b c 21")] == groups


def test_space_group_17_falls_in_one_group_with_others_alike():
    groups = {group_of(symbol) for symbol in ("P 21 2 2", "P 2 21 2", "P 2 2 21", "P m c 21", "P m m a")}
    assert len(groups) == 1
    assert groups.isdisjoint({group_of("P 2 2 2"), group_of("P 21 21 21"), group_of("P 21 21 2")})


def test_enantiomorphs_share_a_group():
    assert group_of("P 41 21 2") == group_of("P 43 21 2")
    assert group_of("P 61") == group_of("P 65")


@pytest.mark.parametrize("symbol", ["P 1 21/c 1", "C 1 2/c 1", "P 21 21 21 ", "nonsense"])
def test_a_symbol_of_another_setting_is_refused(symbol):
    with pytest.raises(InputError, match="is no symbol of the common setting"):
        group_of(symbol)


AXES = [{"h00": "h=2n"}, {"0k0": "k=2n"}, {"00l": "l=2n"}]


@pytest.mark.parametrize(("counts", "n_groups"), [((299, 5000, 5000), 1), ((300, 5000, 5000), 3)])
def test_permutations_part_only_where_each_has_enough(counts, n_groups):
    patterns = [Pattern(c, (str(c),), n) for c, n in zip(AXES, counts, strict=True)]
    assert len(make_groups(patterns, axes_permute=True)) == n_groups


def test_a_small_group_joins_the_nearest():
    none, two = Pattern({}, ("none",), 5000), Pattern({"00l": "l=2n"}, ("two",), 400)
    four = Pattern({"00l": "l=4n"}, ("four",), 299)
    groups = make_groups([none, two, four], axes_permute=False)
    assert [[pattern.symbols[0] for pattern in group] for group in groups] == [["none"], ["two", "four"]]


@pytest.mark.parametrize(("glide", "rest", "n_groups"), [(1000, 1000, 2), (999, 5000, 1), (5000, 999, 1)])
def test_zones_part_a_group_where_both_sides_have_enough(glide, rest, n_groups):
    patterns = [Pattern({}, ("none",), rest), Pattern({"h0l": "h=2n"}, ("glide",), glide)]
    assert len(make_groups(patterns, axes_permute=False)) == n_groups


ROWS = """hm,a,b,c,alpha,beta,gamma,near_experimental_case
P 21 21 2,9,8,7,90,90,90,0
P 21 21 2,7,8,9,90,90,90,1
P 1 21/c 1,7,8,9,90,100,90,0
R -3 m,7,7,19,90,90,120,0
P m -3 m,7,8,9,90,90,90,0
X y z,7,8,9,90,90,90,0
"""


def table_of_cells(path, text=ROWS):
    with gzip.open(path, "wt") as stream:
        stream.write(text)
    return str(path)


def test_cells_are_counted_in_the_common_setting(tmp_path):
    counts = count_cells(table_of_cells(tmp_path / "cells.csv.gz"))
    assert counts == {"P 2 21 21": 1, "P 1 21/n 1": 1, "R -3 m": 1}


def test_molecular_crystals_are_shared_among_settings():
    counts = molecular_counts(100_000)
    assert counts["P 1 21/n 1"] == pytest.approx(35_000)
    assert counts["P b c a"] == counts["P c a b"] == pytest.approx(1500)
    assert sum(counts.values()) == pytest.approx(100_000)


def test_the_command_writes_a_table_of_every_symbol(tmp_path):
    output = tmp_path / "groups.csv"
    run([table_of_cells(tmp_path / "cells.csv.gz"), str(output)])
    lines = output.read_text().splitlines()
    rows = [line.split(",") for line in lines if not line.startswith("#")]
    assert rows[0] == ["lattice", "group", "conditions", "cells", "molecular", "symbols"]
    assert sorted(s for row in rows[1:] for s in row[-1].split("; ")) == sorted(common_symbols())
    assert lines[0].startswith("# Groups of space-group symbols")
    assert list(tmp_path.glob("*.part")) == []


def test_the_command_refuses_what_it_cannot_use(tmp_path):
    with pytest.raises(SystemExit, match="Give two files"):
        run([])
    with pytest.raises(SystemExit, match=r"none\.csv\.gz: not a readable CSV file"):
        run([str(tmp_path / "none.csv.gz"), str(tmp_path / "out.csv")])
    short = table_of_cells(tmp_path / "short.csv.gz", "hm,a\nP 1,7\n")
    with pytest.raises(SystemExit, match="no column near_experimental_case, b, c"):
        run([short, str(tmp_path / "out.csv")])
    header = "hm,a,b,c,alpha,beta,gamma,near_experimental_case\n"
    rows = "P 1 21/c 1,7,8,x,90,100,90,0\nP 1 21/c 1,7,8,9,90,100,90,0\n"
    assert count_cells(table_of_cells(tmp_path / "bad.csv.gz", header + rows)) == {"P 1 21/n 1": 1}
