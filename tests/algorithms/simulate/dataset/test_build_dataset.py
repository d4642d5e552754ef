from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from cif_texts import organic, rock_salt

from mlindex_plugin.algorithms.simulate.dataset import Order, build_dataset, open_dataset, sources
from mlindex_plugin.algorithms.simulate.dataset.layout import DATASETS
from mlindex_plugin.errors import InputError

REPOSITORY = Path(__file__).resolve().parents[4]


def content(path):
    """Everything a data set holds, as lists."""
    with h5py.File(path) as handle:
        columns = {name: handle[name][...].tolist() for name in DATASETS}
        return {str(key): str(value) for key, value in handle.attrs.items()} | {k: repr(v) for k, v in columns.items()}


def sides(path):
    """Split by identifier."""
    with open_dataset(path) as dataset:
        return dict(zip(dataset.column("identifier").tolist(), dataset.column("split").tolist(), strict=True))


def write(folder, texts):
    """Files of a folder, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text)


@pytest.fixture(scope="module")
def cifs(tmp_path_factory):
    """Ten cells of the rock-salt type, three molecules, one a duplicate, and a file without atoms."""
    folder = tmp_path_factory.mktemp("input") / "cifs"
    folder.mkdir()
    for i in range(10):
        a = 4.0 + 0.4 * i
        (folder / f"salt_{i}.cif").write_text(rock_salt(a=a))
    (folder / "organic.cif").write_text(organic())
    (folder / "again.cif").write_text(organic(b=6.5, volume=638.8, more="_refine_ls_R_factor_gt 0.03"))
    (folder / "other.cif").write_text(organic(b=9.5, volume=933.6))
    (folder / "text.cif").write_text("data_nothing\n_cell_length_a 5\n")
    return folder


@pytest.fixture(autouse=True)
def small_units(monkeypatch):
    monkeypatch.setattr(sources, "CIFS_PER_UNIT", 3)


@pytest.fixture(scope="module")
def whole(cifs, tmp_path_factory):
    """The data set of all CIFs, made in one go."""
    path = tmp_path_factory.mktemp("whole") / "set.h5"
    assert build_dataset(Order(inputs=(str(cifs),)), path)
    assert [p.name for p in path.parent.iterdir()] == ["set.h5"]
    return path


def test_what_is_written_is_what_is_read(cifs, whole):
    with open_dataset(whole) as dataset:
        assert len(dataset) == 13 and dataset.broadening == (0.5, 1.0, 1.5)
        names = dataset.column("identifier").tolist()
        assert names == sorted(names)
        entry = dataset[names.index("salt_4.cif")]
        assert (entry.bravais_lattice, entry.space_group, entry.source) == ("cF", "F m -3 m", "structure")
        assert entry.cell == pytest.approx([5.6, 5.6, 5.6, 90, 90, 90])
        assert entry.allowed.q2[:3] * 5.6**2 == pytest.approx([3, 4, 8])
        assert sorted(entry.observable[1].hkl.tolist()[1]) == [0, 0, 2]
        n = dataset.column("observable/n")
        q2 = dataset.column("observable/q2")
        assert n.shape == (13, 3) and q2.shape == (13, 3, 60)
        assert np.all(np.isfinite(q2).sum(axis=-1) == n)
        assert dataset.column("volume") == pytest.approx(
            [np.prod(c[:3]) * np.sin(np.radians(c[4])) for c in dataset.column("cell")]
        )
        assert dataset.column("files/name").tolist() == sorted(p.name for p in cifs.iterdir())
        assert dataset.column("rejected/identifier").tolist() == ["text.cif"]
        assert dataset.column("rejected/reason").tolist() == ["no readable atomic coordinates"]
        assert set(dataset.column("group")) != {""}


def test_duplicates_and_split(whole):
    with open_dataset(whole) as dataset:
        split = dict(zip(dataset.column("identifier"), dataset.column("split"), strict=True))
        family = dict(zip(dataset.column("identifier"), dataset.column("family"), strict=True))
        assert split["organic.cif"] == "duplicate"  # again.cif has an R-factor
        assert family["organic.cif"] == family["again.cif"] != family["other.cif"]
        assert sum(split[f"salt_{i}.cif"] == "validation" for i in range(10)) == 2
        chosen = [entry.identifier for entry in dataset.entries("validation", block=4)]
        assert chosen == [name for name in split if split[name] == "validation"]
        assert [e.identifier for e in dataset.entries(bravais_lattice="mP")] == [
            "again.cif",
            "organic.cif",
            "other.cif",
        ]


def test_families_of_what_is_left_out_go_with_it(cifs, tmp_path):
    path = tmp_path / "set.h5"
    build_dataset(Order(inputs=(str(cifs),), left_out=frozenset({"organic.cif", "unknown.cif"})), path)
    with open_dataset(path) as dataset:
        assert [entry.identifier for entry in dataset.entries("left_out")] == ["again.cif", "organic.cif"]


def test_two_processes_give_the_same_as_one(cifs, whole, tmp_path):
    build_dataset(Order(inputs=(str(cifs),)), tmp_path / "two.h5", 2)
    assert content(tmp_path / "two.h5") == content(whole)


def test_a_killed_run_resumes_with_the_same_content(cifs, whole, tmp_path):
    path = tmp_path / "killed.h5"
    program = (
        "import sys, time, mlindex_plugin\n"
        "from mlindex_plugin.algorithms.simulate.dataset import Order, build_dataset, sources\n"
        "sources.CIFS_PER_UNIT = 3\n"
        "def slowly(done, total): time.sleep(0.3)\n"
        f"build_dataset(Order(inputs=({str(cifs)!r},)), {str(path)!r}, progress=slowly)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen([sys.executable, "-c", program], env=environment)
    parts = tmp_path / "killed.h5.parts"
    deadline = time.monotonic() + 60
    while len(list(parts.glob("*.h5"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not path.exists()
    done = {part.name: part.stat().st_mtime_ns for part in parts.glob("*.h5")}
    assert 2 <= len(done) < 5
    (parts / f"{next(iter(done))}.123").write_bytes(b"cut off")  # what a kill while writing leaves

    calls = []
    assert build_dataset(Order(inputs=(str(cifs),)), path, progress=lambda *now: calls.append(now))
    assert calls[0] == (3 * len(done), 14) and calls[-1] == (14, 14)  # finished units are not made again
    assert not parts.exists()
    assert content(path) == content(whole)


def test_an_archive_and_single_files_give_the_same_as_the_folder(cifs, whole, tmp_path):
    archive = tmp_path / "cifs.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(cifs, "cifs")
    files = tuple(str(path) for path in cifs.iterdir())
    for name, inputs in (("archive", (str(archive),)), ("files", files)):
        build_dataset(Order(inputs=inputs), tmp_path / f"{name}.h5")
        assert content(tmp_path / f"{name}.h5") == content(whole)


def test_names_tell_files_apart(cifs, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.cif").write_text(organic())
    (tmp_path / "two" / "b.cif").write_text(organic())
    inputs = [str(tmp_path / "one"), str(tmp_path / "two"), str(tmp_path / "two" / "b.cif")]
    found = sources.find_cifs(inputs, tmp_path / "scratch")
    assert list(found) == [str(tmp_path / "one" / "a.cif"), str(tmp_path / "two" / "a.cif"), "b.cif"]


def test_a_name_twice_in_an_archive_is_two_files(tmp_path):
    archive = tmp_path / "cifs.tar"
    with tarfile.open(archive, "w") as tar:
        for a in (5, 6):
            (tmp_path / "salt.cif").write_text(rock_salt(a=a))
            tar.add(tmp_path / "salt.cif", "cifs/salt.cif")
    found = sources.find_cifs([str(archive)], tmp_path / "scratch")
    assert [(name, "_cell_length_a 5\n" in path.read_text()) for name, path in found.items()] == [
        ("salt.cif", True),
        ("salt~2.cif", False),
    ]


def test_a_data_set_is_extended_and_nothing_in_it_made_again(cifs, whole, tmp_path):
    path = tmp_path / "set.h5"
    first = tuple(str(path) for path in sorted(cifs.iterdir())[:6])
    build_dataset(Order(inputs=first), path)
    calls = []
    build_dataset(Order(inputs=(str(cifs),)), path, progress=lambda *now: calls.append(now))
    assert calls[-1] == (8, 8)
    with open_dataset(path) as extended, open_dataset(whole) as at_once:
        for name in ("identifier", "family", "volume"):
            assert extended.column(name).tolist() == at_once.column(name).tolist()
        of_salts = extended.column("split")[extended.column("bravais_lattice") == "cF"]
        assert (of_salts == "validation").sum() == 2


def test_nobody_changes_sides_when_a_data_set_is_extended(cifs, tmp_path):
    for seed in range(2):
        path = tmp_path / f"{seed}.h5"
        for names in ([3, 4, 5, 6], [0, 1, 2, 7, 8, 9]):
            before = sides(path) if path.exists() else {}
            build_dataset(Order(inputs=tuple(str(cifs / f"salt_{i}.cif") for i in names), seed=seed), path)
            assert before.items() <= sides(path).items()
        assert sorted(sides(path).values()) == ["training"] * 8 + ["validation"] * 2


def test_a_family_that_comes_to_link_both_sides_is_for_training(tmp_path, caplog):
    path, texts = tmp_path / "set.h5", {}
    for i in range(10):
        texts[f"{i}.cif"] = rock_salt(a=5 + 0.15 * i)  # volumes 9 % apart: no duplicates
    write(tmp_path / "first", texts)
    build_dataset(Order(inputs=(str(tmp_path / "first"),)), path)
    before = sides(path)
    assert sorted(before.values()) == ["training"] * 8 + ["validation"] * 2
    pairs = [i for i in range(9) if before[f"{i}.cif"] != before[f"{i + 1}.cif"]]
    middle = ((5 + 0.15 * pairs[0]) ** 3 / 2 + (5.15 + 0.15 * pairs[0]) ** 3 / 2) ** (1 / 3)
    write(tmp_path / "second", {"link.cif": rock_salt(a=round(middle, 4))})
    build_dataset(Order(inputs=(str(tmp_path / "second"),)), path)
    after = sides(path)
    assert {after[f"{i}.cif"] for i in (pairs[0], pairs[0] + 1)} == {"training"}
    assert "1 families are now all in training" in caplog.text
    moved = {name for name in before if before[name] != after[name]}
    assert len(moved) == 1


def test_what_is_left_out_stays_so_when_a_data_set_is_extended(cifs, tmp_path):
    path = tmp_path / "set.h5"
    build_dataset(Order(inputs=(str(cifs / "organic.cif"),), left_out=frozenset({"organic.cif"})), path)
    build_dataset(Order(inputs=(str(cifs / "salt_1.cif"),), left_out=frozenset({"salt_1.cif"})), path)
    build_dataset(Order(inputs=(str(cifs),)), path)
    assert {name for name, side in sides(path).items() if side == "left_out"} == {
        "again.cif",
        "organic.cif",
        "salt_1.cif",
    }


def test_left_out_names_match_paths_numbers_and_blocks_and_the_rest_is_said(tmp_path, caplog):
    blocks = rock_salt(a=5).replace("data_", "data_one", 1) + rock_salt(a=7).replace("data_", "data_two", 1)
    write(tmp_path / "one", {"a.cif": rock_salt(a=4), "blocks.cif": blocks, "other.cif": rock_salt(a=8)})
    write(tmp_path / "two", {"a.cif": rock_salt(a=6)})
    names = frozenset({"a.cif", "somewhere/blocks.cif", "absent.cif", "typo"})
    build_dataset(Order(inputs=(str(tmp_path / "one"), str(tmp_path / "two")), left_out=names), tmp_path / "set.h5")
    assert {name for name, side in sides(tmp_path / "set.h5").items() if side != "left_out"} == {"other.cif"}
    assert len(sides(tmp_path / "set.h5")) == 5
    assert "input.leave_out: 2 of 4 names match no file: absent.cif, typo" in caplog.text
    assert caplog.text.count("input.leave_out") == 1


def test_parts_of_an_unfinished_order_outlive_another_one(cifs, tmp_path):
    path, parts = tmp_path / "set.h5", tmp_path / "set.h5.parts"
    parts.mkdir()
    kept = parts / f"{'0' * 20}.h5"
    kept.write_bytes(b"of another order")
    build_dataset(Order(inputs=(str(cifs / "organic.cif"),)), path)
    assert list(parts.iterdir()) == [kept]


def test_another_content_of_a_name_is_another_file_and_the_same_content_is_not_read_again(tmp_path):
    path, calls = tmp_path / "set.h5", []
    write(tmp_path / "one", {"a.cif": rock_salt(a=5), "b.cif": rock_salt(a=6)})
    write(tmp_path / "two", {"a.cif": rock_salt(a=7), "b.cif": rock_salt(a=6)})
    for folders in (["one"], ["two"], ["one", "two"]):
        order = Order(inputs=tuple(str(tmp_path / name) for name in folders))
        build_dataset(order, path, progress=lambda *now: calls.append(now))
    assert sorted(sides(path)) == ["a.cif", "a~2.cif", "b.cif"]
    assert calls[-1] == (0, 0)
    with open_dataset(path) as dataset:
        lengths = dict(zip(dataset.column("identifier"), dataset.column("cell")[:, 0], strict=True))
    assert lengths == pytest.approx({"a.cif": 5, "a~2.cif": 7, "b.cif": 6})


def test_compressed_cifs_are_read(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "salt.cif.gz").write_bytes(gzip.compress(rock_salt(a=5).encode()))
    (tmp_path / "in" / "bad.cif.gz").write_bytes(b"no gzip")
    build_dataset(Order(inputs=(str(tmp_path / "in"),)), tmp_path / "set.h5")
    with open_dataset(tmp_path / "set.h5") as dataset:
        assert dataset.column("identifier").tolist() == ["salt.cif.gz"]
        assert dataset.column("rejected/reason").tolist() == ["not a readable CIF"]


def test_a_folder_that_cannot_be_read_is_an_error(cifs, tmp_path, monkeypatch):
    write(tmp_path / "in" / "closed", {"a.cif": rock_salt()})
    write(tmp_path / "in", {"b.cif": rock_salt()})
    scandir = os.scandir

    def closed(path):  # permissions do not stop root, who runs tests in containers
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(InputError, match="closed: cannot be read .Permission denied"):
        build_dataset(Order(inputs=(str(tmp_path / "in"),)), tmp_path / "set.h5")


def test_a_file_of_an_earlier_program_is_read_but_not_extended(cifs, tmp_path):
    path = tmp_path / "set.h5"
    build_dataset(Order(inputs=(str(cifs / "organic.cif"),)), path)
    with h5py.File(path, "r+") as handle:
        del handle["left_out/name"]
    assert sides(path) == {"organic.cif": "training"}
    with pytest.raises(InputError, match="set.h5: made by an earlier program, can be read but not extended"):
        build_dataset(Order(inputs=(str(cifs),)), path)


def test_synthetic_crystals_continue_where_they_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "CRYSTALS_PER_BLOCK", 4)
    path, whole = tmp_path / "set.h5", tmp_path / "whole.h5"
    for n in (3, 10):
        build_dataset(Order(population="molecular", n_synthetic=n, seed=7), path)
    build_dataset(Order(population="molecular", n_synthetic=10, seed=7), whole, 2)
    extended, at_once = content(path), content(whole)
    assert extended.pop("entries/split") and at_once.pop("entries/split")  # what was there stays on its side
    assert extended == at_once
    with open_dataset(whole) as dataset:
        assert len(dataset) == 10 == len(set(dataset.column("identifier")))
        assert set(dataset.column("source")) == {"molecular"}
        assert dataset.column("observable/n").shape == (10, 3) and dataset.column("observable/n").min() > 0
        assert "duplicate" not in dataset.column("split")


def test_other_seeds_give_other_crystals(tmp_path):
    cells = []
    for seed in (1, 2):
        build_dataset(Order(population="inorganic", n_synthetic=2, seed=seed), tmp_path / f"{seed}.h5")
        with open_dataset(tmp_path / f"{seed}.h5") as dataset:
            cells.append(dataset.column("cell"))
    assert not np.allclose(*cells)


def test_errors_name_file_and_remedy(cifs, tmp_path):
    path = tmp_path / "set.h5"
    build_dataset(Order(inputs=(str(cifs / "organic.cif"),)), path)
    with pytest.raises(InputError, match="seed 0, not 5"):
        build_dataset(Order(inputs=(str(cifs),), seed=5), path)
    with h5py.File(path, "r+") as handle:
        handle.attrs["version"] = 99
    with pytest.raises(InputError, match="set.h5: layout version 99, but this program reads version 1"):
        open_dataset(path)
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(InputError, match="text.h5: not a readable HDF5 file"):
        open_dataset(tmp_path / "text.h5")
    with h5py.File(tmp_path / "else.h5", "w") as handle:
        handle["a"] = 1
    with pytest.raises(InputError, match="else.h5: not a data set"):
        open_dataset(tmp_path / "else.h5")
    with pytest.raises(InputError, match="none.h5: no such file"):
        open_dataset(tmp_path / "none.h5")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no .cif files"):
        build_dataset(Order(inputs=(str(tmp_path / "empty"),)), tmp_path / "new.h5")
    with pytest.raises(InputError, match="cannot be written"):
        build_dataset(Order(inputs=(str(cifs),)), tmp_path / "nowhere" / "new.h5")
    (tmp_path / "bad.tar.gz").write_text("no archive")
    with pytest.raises(InputError, match="bad.tar.gz: not a readable tar archive"):
        build_dataset(Order(inputs=(str(tmp_path / "bad.tar.gz"),)), tmp_path / "new.h5")


def test_errors_of_the_reader(cifs, tmp_path):
    build_dataset(Order(inputs=(str(cifs / "organic.cif"),)), tmp_path / "set.h5")
    with open_dataset(tmp_path / "set.h5") as dataset:
        with pytest.raises(InputError, match="no column colour"):
            dataset.column("colour")
        with pytest.raises(InputError, match="no split 'test'"):
            dataset.rows(split="test")
        with pytest.raises(IndexError):
            dataset[1]
