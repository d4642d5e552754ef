from __future__ import annotations

import pytest

from mlindex_plugin import InputError
from mlindex_plugin.algorithms.batch import name_patterns, read_file_list


def names_of(*files):
    return [pattern.name for pattern in name_patterns(files)]


def test_a_pattern_is_called_like_its_file():
    patterns = name_patterns(["data/lab6.xy", "si.v2.txt.gz", "plain"])
    assert [pattern.name for pattern in patterns] == ["lab6", "si.v2", "plain"]
    assert [pattern.number for pattern in patterns] == [0, 1, 2]
    assert patterns[0].file == "data/lab6.xy"


def test_files_that_share_a_name_are_called_by_their_path():
    assert names_of("/a/x.xy", "/b/x.xy", "/b/y.xy") == ["a-x.xy", "b-x.xy", "y"]
    assert names_of("/a/x.xy", "/a/x.txt") == ["a-x.xy", "a-x.txt"]


def test_a_file_that_is_named_twice_is_one_pattern():
    assert names_of("x.xy", "./x.xy", "y.xy") == ["x", "y"]


def test_a_list_has_one_name_a_line(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("# comment\na b.xy\n\n  c.xy\n")
    assert read_file_list(str(path)) == ("a b.xy", "c.xy")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not text"):
        read_file_list(str(path))
