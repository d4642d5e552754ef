from __future__ import annotations

import pytest

from mlindex_plugin.errors import InputError
from mlindex_plugin.whole_files import whole_file, whole_files, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with whole_file(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old" and temporary.parent == tmp_path
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_nothing_of_an_unfinished_file_stays(tmp_path, failure):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(failure), whole_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise failure
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_files_that_belong_together_appear_together(tmp_path):
    paths = tmp_path / "a.txt", tmp_path / "b.txt"
    with pytest.raises(InputError), whole_files(paths) as (first, second):
        first.write_text("1")
        raise OSError
    assert names(tmp_path) == []
    with whole_files(paths) as (first, second):
        first.write_text("1")
        second.write_text("2")
        assert not paths[0].exists()
    assert [path.read_text() for path in paths] == ["1", "2"]


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/a.txt: cannot be written \(Not a directory\)"):
        write_text(tmp_path / "file" / "a.txt", "text")


def test_the_error_names_file_reason_and_remedy(tmp_path):
    message = r"nowhere/a.txt: cannot be written \(No such file or directory\); choose another output.file\.$"
    with pytest.raises(InputError, match=message):
        write_text(tmp_path / "nowhere" / "a.txt", "text", "choose another output.file")


def test_a_folder_in_the_place_of_the_file(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(InputError, match=r"a.txt: cannot be written \(Is a directory\); choose another place\.$"):
        write_text(tmp_path / "a.txt", "text")
    assert names(tmp_path) == ["a.txt"]


def test_text_is_utf8(tmp_path):
    assert write_text(tmp_path / "a.txt", "Å").read_bytes() == "Å".encode()
