from __future__ import annotations

import json

from cctbx import uctbx
from evaluation import describe_failure, file_tag, judge, run_all, search_parameters, summarise, table

from mlindex_plugin.errors import InputError


def record(rank, rank_bravais=None, seconds=1.0, **more):
    return {"rank": rank, "rank_bravais": rank_bravais, "rank_strict": None, "seconds": seconds, **more}


def work(task, search_args):
    with open(task["log"], "a") as log:
        log.write(task["id"])
    return {"id": task["id"], "group": "A", **record(1)}


def test_run_all_resumes(tmp_path):
    log, results = tmp_path / "log", tmp_path / "results.jsonl"
    tasks = [{"id": name, "log": str(log)} for name in "abc"]
    run_all(work, tasks[:2], [], 1, results)
    with open(results, "a") as handle:
        handle.write('{"id": "c", "rank"')  # killed while writing
    records = run_all(work, tasks, [], 1, results)
    assert log.read_text() == "abc"
    assert [r["id"] for r in records] == ["a", "b", "c"]


def test_results_of_other_code_or_arguments_are_not_reused(tmp_path):
    log, results = tmp_path / "log", tmp_path / "results.jsonl"
    tasks = [{"id": "a", "log": str(log)}]
    run_all(work, tasks, [], 1, results)
    run_all(work, tasks, ["search.effort=quick"], 1, results)
    assert log.read_text() == "aa"
    results.write_text(json.dumps({**json.loads(results.read_text().splitlines()[0]), "code": "other"}) + "\n")
    run_all(work, tasks, [], 1, results)
    assert log.read_text() == "aaa"
    run_all(work, tasks, [], 1, results, fresh=True)
    assert log.read_text() == "aaaa"


def test_summary_and_table():
    summary = summarise([record(1, 1, 1.0), record(1, 3, 2.0), record(7, 7, 4.0), record(None, None, 9.0)])
    assert (summary["n"], summary["top_1"], summary["top_10"], summary["top_1_bravais"]) == (4, 2, 3, 1)
    assert (summary["median_seconds"], summary["max_seconds"]) == (3.0, 9.0)
    assert "| mP | 4 | 50.0 (15-85) | 75.0 (30-95) | 25.0 | 0.0 | 3.0 | 9.0 |" in table({"mP": summary})
    assert "| aP | 0 | - |" in table({"aP": summarise([])})


def test_failure_names_truth_and_find():
    failed = record(None, best=None, error=None, id="x", bravais="mP", cell=[5, 6, 7, 90, 95, 90])
    assert describe_failure(failed) == "x: rank -; true mP 5.000 6.000 7.000 90.00 95.00 90.00; found nothing found"


def test_search_parameters_and_file_tag():
    params = search_parameters(["search.effort=quick"])
    assert (params.search.effort, params.mp.nproc) == ("quick", 1)
    assert search_parameters(["mp.nproc=2"]).mp.nproc == 2
    assert file_tag(["search.effort=quick"]) == "_search-effort-quick"


def test_refused_lists_are_results_not_crashes():
    def read():
        raise InputError("too few peaks")

    result = judge(read, uctbx.unit_cell((5, 6, 7, 90, 90, 90)), {"oP"}, search_parameters([]))
    assert result["error"] == "too few peaks"
    assert result["rank"] is None
