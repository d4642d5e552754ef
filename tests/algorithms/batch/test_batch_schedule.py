"""The batch without a command: which steps are asked for, and what becomes of those that fail."""

from __future__ import annotations

import shutil

import pytest
from known_crystals import lines_of

from mlindex_plugin import InputError
from mlindex_plugin.algorithms.batch import name_patterns, run_batch, schedule, steps
from mlindex_plugin.algorithms.parallel import Interruption, WorkerLostError, Workers
from mlindex_plugin.models.registry import default_directory

DIFF = "input.units=q2\nsearch.bravais_lattices=tP hP\nsearch.effort=quick\n"
CELL = (5.12, 5.12, 8.37, 90, 90, 90)


@pytest.fixture
def patterns(tmp_path):
    files = [tmp_path / f"{name}.txt" for name in "abc"]
    for file in files:
        file.write_text("".join(f"{value:.9f}\n" for value in lines_of("tP", CELL, 20)))
    return name_patterns(list(map(str, files)))


def run(patterns, directory, time_limit=None, diff=DIFF):
    told = []
    with Workers(1) as workers, Interruption() as interruption:
        rows = run_batch(
            patterns, directory, diff, time_limit, workers, interruption, lambda n, row, searched: told.append(row.name)
        )
    return rows, told


def test_rows_come_in_the_order_of_the_patterns(patterns, tmp_path):
    rows, told = run(patterns, tmp_path)
    assert [row.name for row in rows] == told == ["a", "b", "c"]
    assert {(row.status, row.lattice) for row in rows} == {("done", "tP")}
    assert all(row.thumbnail.startswith("<svg") and row.seconds > 0 for row in rows)


def test_a_unit_that_was_lost_is_said_and_the_others_go_on(patterns, tmp_path, monkeypatch):
    done = steps.run_unit

    def lose_hexagonal(unit, observed):
        if unit.symbol == "hP":
            raise WorkerLostError("killed")
        return done(unit, observed)

    monkeypatch.setattr(steps, "run_unit", lose_hexagonal)
    (row,), _ = run(patterns[:1], tmp_path)
    assert row.status == "done" and row.lattice == "tP" and row.n_notes >= 1
    assert "1 units of work were lost" in (tmp_path / "a" / "mlindex_powder.json").read_text()


def test_an_error_in_one_pattern_is_its_row(patterns, tmp_path, monkeypatch):
    begun = steps.begin

    def stumble(pattern, directory, diff):
        if pattern.name == "b":
            raise ZeroDivisionError("nothing")
        return begun(pattern, directory, diff)

    monkeypatch.setattr(schedule, "begin", stumble)
    rows, _ = run(patterns, tmp_path)
    assert [row.status for row in rows] == ["done", "failed", "done"]
    assert rows[1].reason == "internal error: ZeroDivisionError: nothing"


def test_a_file_in_the_place_of_a_folder_is_a_row_and_stays(patterns, tmp_path):
    (tmp_path / "b").write_text("mine")
    rows, _ = run(patterns, tmp_path)
    assert [row.status for row in rows] == ["done", "failed", "done"]
    assert rows[1].reason.endswith("b: cannot hold results (not a directory); choose another output.directory.")
    assert (tmp_path / "b").read_text() == "mine"


def test_results_that_cannot_be_written_end_the_batch(patterns, tmp_path, monkeypatch):
    def fail(task, results, seconds):
        raise InputError(f"{task.pattern.name}: disk full")

    monkeypatch.setattr(schedule, "finish", fail)
    with pytest.raises(InputError, match="^a: disk full$"):
        run(patterns, tmp_path)


def test_the_time_limit_is_each_patterns_own(patterns, tmp_path):
    rows, _ = run(patterns, tmp_path, time_limit=1e-6)
    assert [row.status for row in rows] == ["done"] * 3
    text = (tmp_path / "c" / "mlindex_powder.json").read_text()
    assert '"stopped": "time_limit"' in text


def test_other_weights_in_the_same_folder_are_another_question(patterns, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(default_directory(), models)
    diff = DIFF + f"model.directory={models}\n"
    times = []
    for change in ("", "", "\n"):
        manifest = models / "manifest.json"
        manifest.write_text(manifest.read_text() + change)  # as trained again: the manifest has the files' checksums
        run(patterns[:1], tmp_path / "out", diff=diff)
        times.append((tmp_path / "out" / "a" / "mlindex_powder.json").stat().st_mtime_ns)
    assert times[0] == times[1] < times[2]
