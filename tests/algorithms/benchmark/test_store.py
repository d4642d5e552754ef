from __future__ import annotations

import json
from dataclasses import replace

from known_crystals import lines_of

from mlindex_plugin.algorithms.benchmark import store
from mlindex_plugin.algorithms.benchmark.searches import Search, Truth
from mlindex_plugin.algorithms.benchmark.store import RESULTS_NAME, digest_of, program_digest, run_searches
from mlindex_plugin.algorithms.parallel import Interruption, Workers
from mlindex_plugin.algorithms.peaks import peaks_from_positions

DIFF = "search { bravais_lattices = cP\n effort = quick }"


def search(a=5.0, **changes):
    peaks = peaks_from_positions(lines_of("cP", (a, a, a, 90, 90, 90), 12), "q2", wavelength=1.5406)
    return replace(Search("ideal", False, f"a{a}", peaks, Truth("cP", (a, a, a, 90.0, 90.0, 90.0))), **changes)


def run(searches, folder, diff=DIFF, stop_after=None):
    """Records, and the names of those that were searched in this run."""
    told = []
    with Interruption() as interruption, Workers() as workers:

        def tell(n_done, record):
            told.append(record["name"])
            interruption.asked = len(told) == stop_after

        records = run_searches(searches, diff, folder, workers, interruption, tell)
    return records, told


def test_only_what_is_missing_is_done(tmp_path):
    three = [search(a) for a in (4.0, 5.0, 6.0)]
    first, told = run(three[:1], tmp_path)
    assert told == ["a4.0"] and first[0]["rank"] == 1
    with open(tmp_path / RESULTS_NAME, "a") as stream:
        stream.write('{"digest": "abc", "rank"')  # killed while writing
    records, told = run(three, tmp_path)
    assert told == ["a5.0", "a6.0"]
    assert [record["name"] for record in records] == ["a4.0", "a5.0", "a6.0"]
    assert records[0] == first[0]
    again, told = run(three, tmp_path)  # also the line after the torn one is whole
    assert told == [] and again == records
    assert len((tmp_path / RESULTS_NAME).read_text().splitlines()) == 4


def test_the_same_list_under_two_conditions_is_searched_once(tmp_path):
    one = search()
    records, told = run([one, replace(one, condition="tier_A_all_peaks", name="again")], tmp_path)
    assert told == ["a5.0"]
    assert [(record["condition"], record["name"]) for record in records] == [
        ("ideal", "a5.0"),
        ("tier_A_all_peaks", "again"),
    ]


def test_an_interrupted_run_keeps_what_it_has(tmp_path):
    three = [search(a) for a in (4.0, 5.0, 6.0)]
    records, told = run(three, tmp_path, stop_after=2)
    assert told == ["a4.0", "a5.0"] and len(records) == 2
    records, told = run(three, tmp_path)
    assert told == ["a6.0"] and len(records) == 3


def test_other_models_are_another_program(tmp_path):
    (tmp_path / "manifest.json").write_text("1")
    program_digest.cache_clear()
    first = program_digest(str(tmp_path))
    (tmp_path / "manifest.json").write_text("2")
    program_digest.cache_clear()
    assert len({first, program_digest(str(tmp_path)), program_digest()}) == 3


def test_what_changes_the_answer_changes_the_digest(monkeypatch):
    one = search()
    others = [
        digest_of(one.of_known_lattice(), DIFF),
        digest_of(one, ""),
        digest_of(search(5.1), DIFF),
        digest_of(replace(one, truth=Truth("cI", one.truth.cell)), DIFF),
        digest_of(replace(one, peaks=replace(one.peaks, sigma=2 * one.peaks.sigma)), DIFF),
        digest_of(replace(one, peaks=replace(one.peaks, unit="d")), DIFF),
    ]
    assert digest_of(one, DIFF) == digest_of(search(condition="error", name="y"), DIFF)
    monkeypatch.setattr(store, "program_digest", lambda models: "another program")
    others.append(digest_of(one, DIFF))
    monkeypatch.undo()
    assert len({digest_of(one, DIFF), *others}) == 8


def test_an_internal_error_costs_one_search(tmp_path):
    broken = search(4.0, truth=Truth("cP", (4.0, 4.0)))
    records, told = run([broken, search(5.0)], tmp_path)
    assert records[0]["error"].startswith("internal error: ") and records[0]["failure"] == "refused"
    assert records[1]["rank"] == 1
    assert json.loads((tmp_path / RESULTS_NAME).read_text().splitlines()[0])["rank"] is None
