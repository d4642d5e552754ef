from __future__ import annotations

import csv
import json
import signal
import subprocess
import time

import pytest
from cif_texts import WRITTEN_IN_P1, organic, rock_salt
from real_commands import ENVIRONMENT, REPOSITORY, command_of, finished

import mlindex_plugin
from mlindex_plugin.algorithms.simulate.dataset import open_dataset
from mlindex_plugin.algorithms.simulate.synthetic.populations import POPULATIONS
from mlindex_plugin.phil import dataset_scope

COMMAND = command_of("mlindex_dataset")


def mlindex_dataset(*arguments, cwd):
    return finished(COMMAND, *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One run on a folder of CIFs, good and bad, for several tests that only look."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "cifs" / "deeper").mkdir(parents=True)
    (folder / "cifs" / "salt.cif").write_text(rock_salt())
    (folder / "cifs" / "deeper" / "organic.CIF").write_text(organic())
    (folder / "cifs" / "p1.cif").write_text(rock_salt(atoms=WRITTEN_IN_P1, group="P 1", number=1))
    (folder / "cifs" / "empty.cif").write_text("")
    (folder / "leave.txt").write_text("salt.cif\n\n")
    process = mlindex_dataset("cifs", "nproc=1", "file=set.h5", "leave_out=leave.txt", cwd=folder)
    return folder, process


def test_the_data_set_and_its_companions_are_written(made):
    folder, process = made
    assert process.returncode == 0, process.stderr
    names = ["cifs", "dials.mlindex_dataset.log", "leave.txt", "set.h5", "set.json", "set_rejected.csv"]
    assert sorted(path.name for path in folder.iterdir()) == names
    with open_dataset(folder / "set.h5") as dataset:
        assert [(e.identifier, e.bravais_lattice) for e in dataset.entries()] == [
            ("organic.CIF", "mP"),
            ("salt.cif", "cF"),
        ]
        assert dataset.column("split").tolist() == ["training", "left_out"]


def test_every_rejected_file_is_counted_and_listed(made):
    folder, _ = made
    summary = json.loads((folder / "set.json").read_text())
    assert (summary["files"], summary["entries"]) == (4, 2)
    counts = {reason: n for reason, n in summary["rejected"].items() if n}
    hidden = "hidden symmetry: a smaller cell gives the same lines"
    assert counts == {"empty file": 1, hidden: 1}
    assert summary["bravais_lattices"]["cF"] == {"training": 0, "validation": 0, "duplicate": 0, "left_out": 1}
    with open(folder / "set_rejected.csv", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [(row["file"], row["reason"]) for row in rows] == [("empty.cif", "empty file"), ("p1.cif", hidden)]


def test_screen_and_log_show_the_same(made):
    folder, process = made
    log = (folder / "dials.mlindex_dataset.log").read_text()
    assert process.stdout == log
    assert "       1  empty file\n" in log and "check 7: volume against the number of atoms" in log
    assert "Saved set.h5: 2 entries" in log


def test_synthetic_crystals(tmp_path):
    arguments = "synthetic.population=inorganic", "synthetic.n=4", "seed=3", "nproc=2"
    process = mlindex_dataset(*arguments, cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    with open_dataset(tmp_path / "training.h5") as dataset:
        assert (len(dataset), dataset.seed) == (4, 3)
        assert set(dataset.column("source")) == {"inorganic"}
    assert "rejected" not in process.stdout


def test_populations_are_those_of_the_streams():
    assert set(dataset_scope().extract().synthetic.__dict__) >= {"population", "n"}
    (words,) = (d.object.words for d in dataset_scope().all_definitions() if d.path == "synthetic.population")
    assert {word.value for word in words} == set(POPULATIONS)


def test_ctrl_c_keeps_what_is_done(tmp_path):
    command = [*COMMAND, "synthetic.population=molecular", "synthetic.n=100000", "nproc=1"]
    process = subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    parts = tmp_path / "training.h5.parts"
    deadline = time.monotonic() + 100
    while not list(parts.glob("*.h5")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=100)
    assert process.returncode == 130
    assert "Interrupted: what is done lies in training.h5.parts; the same command goes on from there." in output
    assert list(parts.glob("*.h5")) and not (tmp_path / "training.h5").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "no input: name CIFs or folders, or give synthetic.population"),
        (["nowhere"], "nowhere: no such file."),
        (["."], ".: no .cif files in it."),
        (["synthetic.population=proteins"], "proteins"),
        (["synthetic.n=0", "synthetic.population=molecular"], "synthetic.n"),
        (["synthetic.population=molecular", "output.file=no/where.h5"], "no/where.h5: cannot be written"),
        (["synthetic.population=molecular", "output.file=text.h5"], "text.h5: not a readable HDF5 file"),
        (["synthetic.population=molecular", "input.leave_out=none.txt"], "input.leave_out=none.txt: cannot be read"),
        (["--bogus"], "--bogus"),
    ],
)
def test_user_errors_are_one_sentence(arguments, sentence, tmp_path, capsys, monkeypatch):
    from mlindex_plugin.command_line.mlindex_dataset import run

    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(SystemExit) as stopped:
        run(arguments)
    message = str(stopped.value)
    assert message.startswith("dials.mlindex_dataset: ") and sentence in message
    assert "\n" not in message


def test_help_configuration_and_version():
    said = {option: mlindex_dataset(option, cwd=REPOSITORY) for option in ("-h", "-c", "--version")}
    assert all(process.returncode == 0 and not process.stderr for process in said.values())
    assert "Exit status: 0 when the data set is complete" in said["-h"].stdout
    assert "synthetic {" in said["-h"].stdout and "synthetic {" in said["-c"].stdout
    assert said["--version"].stdout == f"dials.mlindex_dataset {mlindex_plugin.__version__}\n"
