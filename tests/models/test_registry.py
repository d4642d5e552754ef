"""The registry of trained models."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from mlindex_plugin.errors import InputError
from mlindex_plugin.models.registry import (
    MANIFEST,
    VERSION,
    default_directory,
    load_models,
    read_manifest,
    write_models,
)

MEMBERS = {
    "forest": {"threshold": np.arange(6, dtype=np.float16), "child": np.arange(4, dtype=np.int16)},
    "network": {"layer0/weight": np.ones((3, 2), np.float16)},
}


@pytest.fixture
def directory(tmp_path):
    write_models(tmp_path, "tP", MEMBERS, {"seed": 3})
    write_models(tmp_path, "cP", MEMBERS, {"seed": 4})
    return tmp_path


def rewrite(directory, change):
    path = directory / MANIFEST
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def test_what_was_written_is_read(directory):
    models = load_models("tP", directory)
    assert sorted(models) == ["forest", "network"]
    assert sorted(models["forest"]) == ["child", "threshold"]
    for member, arrays in MEMBERS.items():
        for name, array in arrays.items():
            np.testing.assert_array_equal(models[member][name], array)
            assert models[member][name].dtype == array.dtype
    assert sorted(path.name for path in directory.iterdir()) == ["cP.npz", MANIFEST, "tP.npz"]


def test_the_manifest_says_what_the_files_are(directory):
    manifest = read_manifest(directory)
    assert (manifest["format"], manifest["version"]) == ("mlindex_models", VERSION)
    assert list(manifest["lattices"]) == ["cP", "tP"]
    content = (directory / "tP.npz").read_bytes()
    assert manifest["lattices"]["tP"] == {
        "file": "tP.npz",
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "seed": 3,
    }


def test_the_same_models_are_the_same_bytes(directory, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    write_models(other, "tP", MEMBERS, {"seed": 3})
    assert (other / "tP.npz").read_bytes() == (directory / "tP.npz").read_bytes()


def test_models_are_read_once_and_cannot_be_changed(directory):
    models = load_models("tP", directory)
    assert load_models("tP", str(directory)) is models
    with pytest.raises(ValueError, match="read-only"):
        models["forest"]["child"][0] = 1
    with pytest.raises(TypeError):
        models["forest"] = {}


def test_models_written_anew_are_read_anew(directory):
    before = load_models("tP", directory)
    write_models(directory, "tP", {"forest": {"child": np.zeros(2, np.int16)}}, {})
    assert list(load_models("tP", directory)) == ["forest"] != list(before)


def test_one_lattice_is_read_without_the_others(directory):
    (directory / "cP.npz").unlink()
    assert "forest" in load_models("tP", directory)
    with pytest.raises(
        InputError, match=r"cP.npz: cannot be read \(No such file.*train models with dials.mlindex_train"
    ):
        load_models("cP", directory)


def test_a_damaged_file_is_told(directory):
    content = (directory / "tP.npz").read_bytes()
    (directory / "tP.npz").write_bytes(content[:-30])
    with pytest.raises(InputError, match=r"tP.npz: its checksum is not that of manifest.json.*dials.mlindex_train"):
        load_models("tP", directory)


@pytest.mark.parametrize("content", [b"", b"no zip", None])
def test_a_file_that_is_no_npz_is_told(directory, content):
    if content is None:
        content = (directory / "cP.npz").read_bytes()[:-30]
    (directory / "tP.npz").write_bytes(content)
    rewrite(directory, lambda m: m["lattices"]["tP"].update(sha256=hashlib.sha256(content).hexdigest()))
    with pytest.raises(InputError, match="tP.npz: not a readable file of arrays"):
        load_models("tP", directory)


def test_nothing_pickled_is_loaded(directory):
    np.savez(directory / "tP.npz", **{"forest/child": np.array([{"a": 1}], dtype=object)})
    content = (directory / "tP.npz").read_bytes()
    rewrite(directory, lambda m: m["lattices"]["tP"].update(sha256=hashlib.sha256(content).hexdigest()))
    with pytest.raises(InputError, match="tP.npz: not a readable file of arrays"):
        load_models("tP", directory)


def test_another_version_is_told(directory):
    rewrite(directory, lambda m: m.update(version=99))
    with pytest.raises(InputError, match=f"version 99, but this program reads mlindex_models of version {VERSION}"):
        load_models("tP", directory)


HEAD = f'"format": "mlindex_models", "version": {VERSION}'


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", f"{{{HEAD}}}", f'{{{HEAD}, "lattices": {{"tP": {{"file": "tP.npz"}}}}}}']
)
def test_a_manifest_that_is_none_is_told(directory, text):
    (directory / MANIFEST).write_text(text)
    with pytest.raises(InputError, match="manifest.json: not a manifest of dials.mlindex_train"):
        load_models("tP", directory)
    with pytest.raises(InputError, match="not a manifest"):
        write_models(directory, "tP", MEMBERS, {})


def test_a_missing_manifest_is_told(tmp_path):
    with pytest.raises(InputError, match="manifest.json: cannot be read"):
        load_models("tP", tmp_path)


def test_a_lattice_without_models_or_of_no_name_is_told(directory):
    with pytest.raises(InputError, match="no models of aP; train models"):
        load_models("aP", directory)
    with pytest.raises(InputError, match="no lattice is called 'xP'; use one of cF, cI"):
        load_models("xP", directory)


def test_an_unwritable_folder_is_told(tmp_path):
    with pytest.raises(InputError, match="tP.npz: cannot be written .*; make room or choose another output.models"):
        write_models(tmp_path / "nowhere", "tP", MEMBERS, {})


def test_damage_in_the_package_asks_for_a_new_installation(directory, monkeypatch):
    from mlindex_plugin.models import registry

    monkeypatch.setattr(registry, "default_directory", lambda: directory)
    (directory / "tP.npz").write_bytes(b"")
    with pytest.raises(InputError, match="it is damaged; install mlindex_plugin again."):
        load_models("tP")


def test_the_models_of_the_package_are_beside_the_registry():
    assert default_directory().parts[-3:] == ("mlindex_plugin", "models", "weights")
