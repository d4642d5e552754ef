from __future__ import annotations

import pytest
from benchmark_records import record

from mlindex_plugin.algorithms.benchmark.comparison import changed, compare, mcnemar, read_run
from mlindex_plugin.algorithms.benchmark.text import comparison_table
from mlindex_plugin.errors import InputError


def test_mcnemar_is_the_exact_binomial_test():
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(5, 5) == 1.0
    assert mcnemar(8, 0) == pytest.approx(2 / 2**8)
    assert mcnemar(1, 9) == mcnemar(9, 1) == pytest.approx(2 * (1 + 10) / 2**10)


def test_only_the_same_list_under_the_same_condition_is_a_pair():
    this = [record(1, name="a"), record(1, name="b"), record(None, name="c"), record(4, "mP", name="d")]
    other = [
        record(None, name="a"),
        record(1, name="b"),
        record(1, name="c", list_digest="another list"),
        record(1, "mP", name="d"),
        record(1, name="b", condition="error"),
        record(1, name="b", lattice="known"),
    ]
    (table,) = compare(this, other)
    assert (table["condition"], table["lattice"]) == ("ideal", "unknown")
    assert {group: row["n"] for group, row in table["rows"].items()} == {"oP": 2, "mP": 1, "all": 3}
    assert table["rows"]["all"]["top_1"] == {"both": 1, "only_this": 1, "only_other": 1, "p": 1.0}
    assert table["rows"]["all"]["top_10"] == {"both": 2, "only_this": 1, "only_other": 0, "p": 1.0}
    assert [(one["name"], its["rank"]) for one, its in changed(this, other)] == [("a", None), ("d", 1)]
    assert "| mP | 1 | 0 | 0 | 1 | 1 | 1 | 0 | 0 | 1 |" in comparison_table(table).splitlines()


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": {"name": "mlindex_powder", "version": 1}}'])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(InputError, match="not a mlindex_benchmark.json of this version; name one"):
        read_run(path)
    with pytest.raises(InputError, match="missing.json"):
        read_run(tmp_path / "missing.json")
