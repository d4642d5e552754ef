from __future__ import annotations

from dataclasses import replace

import pytest

from mlindex_plugin.algorithms.report import prepare_directory, write_report
from mlindex_plugin.algorithms.report.files import write_files
from mlindex_plugin.errors import InputError


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def test_all_files_and_no_others(run, tmp_path):
    written = write_report(run, prepare_directory(tmp_path / "new" / "folder"))
    expected = ["mlindex_powder.html", "mlindex_powder.json", *(f"small_cell_{rank}.phil" for rank in range(1, 6))]
    assert sorted(path.name for path in written) == names(tmp_path / "new" / "folder") == expected


def test_an_earlier_runs_small_cell_files_do_not_stay(run, result, solutions, tmp_path):
    write_report(run, tmp_path)
    (tmp_path / "small_cell_mine.phil").write_text("kept")
    write_report(replace(run, result=replace(result, solutions=solutions[:2])), tmp_path)
    expected = [
        "mlindex_powder.html",
        "mlindex_powder.json",
        "small_cell_1.phil",
        "small_cell_2.phil",
        "small_cell_mine.phil",
    ]
    assert names(tmp_path) == expected


def test_nothing_is_left_when_one_file_cannot_be_written(tmp_path):
    (tmp_path / "b.txt").mkdir()  # a folder where a file should go
    with pytest.raises(InputError, match="cannot be written .*choose another output.directory"):
        write_files(tmp_path, {"b.txt": "second", "a.txt": "first"})
    assert names(tmp_path) == ["b.txt"]


def test_an_old_result_stays_whole_when_the_new_one_fails(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_files(tmp_path, {"a.txt": "new", "b.txt": "\ud800"})
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("where", ["file/below", "file"])
def test_a_folder_that_cannot_be_made(tmp_path, where):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written .*choose another folder"):
        prepare_directory(tmp_path / where)
