from __future__ import annotations

import pytest
from benchmark_records import record

from mlindex_plugin.algorithms.benchmark.rates import summarise, tables, wilson_interval
from mlindex_plugin.algorithms.benchmark.text import failure_line, rate_table


def test_wilson_interval():
    # Newcombe (1998), Stat. Med. 17, 857, Table I: 81 of 263 gives 0.2553 to 0.3662, 0 of 20 gives 0 to 0.1611.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_rates_and_costs_of_a_group():
    row = summarise(
        [
            record(1, seconds=1.0, candidates=100),
            record(1, rank_bravais=3, rank_strict=None, seconds=2.0, candidates=200),
            record(7, explains=True, seconds=4.0, candidates=300),
            record(None, failure="search", seconds=9.0, candidates=400),
        ]
    )
    counts = {name: row[name]["count"] for name in ("top_1", "top_10", "explains", "top_1_bravais", "top_1_strict")}
    assert counts == {"top_1": 2, "top_10": 3, "explains": 3, "top_1_bravais": 1, "top_1_strict": 1}
    assert row["top_1"]["rate"] == 0.5 and row["top_1"]["interval"] == wilson_interval(2, 4)
    assert row["failures"] == {"search": 1, "ranking": 1, "refused": 0}
    assert row["seconds"] == pytest.approx({"median": 3.0, "p95": 8.25, "max": 9.0})
    assert row["candidates"]["median"] == 250


def test_tables_by_condition_lattice_and_union():
    records = [record(1, "cF"), record(1, "oP"), record(None, "oP"), record(None, "mP"), record(1, "mC")]
    records += [record(1, "aP", condition="error"), record(1, "mP", lattice="known")]
    found = tables(records)
    assert [(table["condition"], table["lattice"]) for table in found] == [
        ("ideal", "unknown"),
        ("error", "unknown"),
        ("ideal", "known"),
    ]
    rows = found[0]["rows"]
    assert list(rows) == ["cF", "oP", "mC", "mP", "cubic to orthorhombic", "monoclinic", "all"]
    assert [rows[name]["n"] for name in rows] == [1, 2, 1, 1, 3, 2, 5]
    assert rows["all"]["top_1"]["count"] == 3
    assert found[0]["mean_over_lattices"]["top_1"] == pytest.approx((1 + 0.5 + 1 + 0) / 4)
    assert list(found[1]["rows"]) == ["aP", "all"]


def test_table_as_text():
    records = [record(1, "mP"), record(1, "mP", rank_bravais=2), record(7, "mP"), record(None, "mP", failure="refused")]
    lines = rate_table(tables(records)[0]).splitlines()
    assert lines[0].startswith("| ideal | n | top-1 % (95 %) |")
    row = "| mP | 4 | 50.0 (15-85) | 75.0 (30-95) | 50.0 | 25.0 | 50.0 | 1 | 1 | 1.0 | 1.0 | 1.0 | 1000 |"
    assert row in lines
    assert lines[-1] == "Mean over lattices: top-1 50.0 %, top-10 75.0 %"
    known = rate_table(tables([record(1, lattice="known")])[0])
    assert known.startswith("| ideal, lattice known | n |")


def test_failure_in_a_line():
    solution = {
        "bravais_lattice": "mP",
        "unit_cell": [5, 6, 7, 90, 95, 90],
        "n_indexed": 19,
        "n_peaks": 20,
        "score": 33,
    }
    failed = record(3, name="a.cif", best=solution, true={**solution, "n_indexed": 20, "score": 40.0}, failure="search")
    assert failure_line(failed) == (
        "a.cif: rank 3 (search); true oP 5.000 6.000 7.000 90.00 90.00 90.00, 20/20 lines, score 40.0; "
        "found mP 5.000 6.000 7.000 90.00 95.00 90.00, 19/20 lines, score 33.0"
    )
    assert failure_line(record(None)).endswith("90.00; found nothing")
