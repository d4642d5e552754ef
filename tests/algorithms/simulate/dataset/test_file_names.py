from __future__ import annotations

import pytest

from mlindex_plugin.algorithms.simulate.dataset.file_names import base_name, free_name, new_files
from mlindex_plugin.errors import InputError


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("salt.cif", "salt.cif"),
        ("cifs/salt~2.cif:block", "salt.cif"),
        ("salt~2~3.CIF.gz", "salt.CIF"),
        ("a.cif:b/c.cif", "a.cif"),
        ("a.cif.b.cif", "a.cif.b.cif"),
        ("folder/notes.txt:one", "notes.txt"),
        ("molecular-0-000000001", "molecular-0-000000001"),
    ],
)
def test_base_names(identifier, name):
    assert base_name(identifier) == name


def test_free_names():
    assert free_name("a.cif", {"b.cif"}.__contains__) == "a.cif"
    assert free_name("a.cif.gz", {"a.cif.gz", "a~2.cif.gz"}.__contains__) == "a~3.cif.gz"


def test_new_files_are_told_by_name_and_content(tmp_path):
    for name in ("a.cif", "b.cif"):
        (tmp_path / name).write_text("same")
    found = {name: tmp_path / name for name in ("a.cif", "b.cif")}
    ((_, _, digest), _) = new_files(found, {})
    assert [name for name, _, _ in new_files(found, {"elsewhere/a.cif": digest})] == ["b.cif"]
    assert [name for name, _, _ in new_files(found, {"a.cif": "other", "a~2.cif": "another"})] == ["a~3.cif", "b.cif"]
    with pytest.raises(InputError, match="none.cif: cannot be read .No such file"):
        new_files({"none.cif": tmp_path / "none.cif"}, {})
