"""The command dials.mlindex_train, on small data sets of made-up crystals."""

from __future__ import annotations

import json
import signal
import subprocess
import time

import h5py
import numpy as np
import pytest
from real_commands import ENVIRONMENT, REPOSITORY, command_of, finished
from training_files import many_crystals

import mlindex_plugin
from mlindex_plugin.algorithms.training.members import MEMBERS
from mlindex_plugin.models.registry import load_models, read_manifest

COMMAND = command_of("mlindex_train")
SMALL = ["lattices=tP", "n_lists=500", "epochs=2", "nproc=1"]

pytest.importorskip("torch")


def mlindex_train(*arguments, cwd):
    return finished(COMMAND, *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One run for several tests that only look."""
    folder = tmp_path_factory.mktemp("trained")
    many_crystals(folder / "training.h5")
    process = mlindex_train("training.h5", *SMALL, cwd=folder)
    assert process.returncode == 0, process.stderr
    return folder, process


def test_models_report_and_log_are_written_and_nothing_else(trained):
    folder, process = trained
    names = ["dials.mlindex_train.log", "manifest.json", "report_tP.html", "report_tP.json", "tP.npz"]
    assert sorted(path.name for path in (folder / "models").iterdir()) == names
    log = (folder / "models" / "dials.mlindex_train.log").read_text()
    assert process.stdout == log
    assert "tP: 48 crystals, 69 copies; 448 lists to train on, 20 held out, 12 for validation\n" in log
    assert "tP: groups with too few crystals are merged into tP-1" in log
    assert "Saved models/tP.npz" in log and "Models in models are complete" in log


def test_models_can_be_loaded_and_give_cells(trained):
    folder, _ = trained
    models = load_models("tP", folder / "models")
    assert sorted(models) == sorted(member.name for member in MEMBERS)
    q2 = np.sort((np.add.outer(np.arange(4) ** 2 / 36.0, np.arange(5) ** 2 / 100.0)).ravel())[1:]
    for member in MEMBERS:
        generator = member.generator_class().from_arrays("tP", models[member.name])
        cells = generator.generate(q2, 20, np.random.default_rng(1))
        assert 0 < len(cells) <= 20 and cells.shape[1] == 2
        assert (cells > 0).all()


def test_the_manifest_tells_what_was_trained_on_and_how_well(trained):
    folder, _ = trained
    record = read_manifest(folder / "models")["lattices"]["tP"]
    assert record["data_sets"][0]["file"] == "training.h5" and len(record["data_sets"][0]["sha256"]) == 64
    assert record["lists"] == {"training": 448, "held_out": 20, "validation": 12}
    assert record["settings"]["seed"] == 0
    assert record["settings"]["training_set"]["n_lists"] == 500
    assert record["version"] == mlindex_plugin.__version__
    assert 0 < record["validation"]["random forests"]["a"]["rmsd"] < 5
    assert np.isfinite(list(record["held_out_loss"].values())).all()


def test_the_report_shows_each_model(trained):
    folder, _ = trained
    page = (folder / "models" / "report_tP.html").read_text()
    assert page.count("data:image/png;base64,") == len(MEMBERS) + 1
    assert all(f"<h2>{member.title.capitalize()}</h2>" in page for member in MEMBERS)
    numbers = json.loads((folder / "models" / "report_tP.json").read_text())
    assert numbers["schema"] == {"name": "mlindex_training_report", "version": 1}
    assert len(numbers["history"]) == 2
    assert set(numbers["models"]) == {member.title for member in MEMBERS}
    assert set(numbers["models"]["network"]["training"]) == {"a", "c", "volume"}


def test_what_is_complete_is_not_trained_again(trained):
    folder, _ = trained
    before = (folder / "models" / "tP.npz").stat().st_mtime_ns
    process = mlindex_train("training.h5", *SMALL, cwd=folder)
    assert process.returncode == 0
    assert "tP: its models are there already" in process.stdout
    assert (folder / "models" / "tP.npz").stat().st_mtime_ns == before


def stopped(how, at, folder, *arguments):
    """Start the command in `folder`, send a signal once the file `at` is there; its exit status and output."""
    command = [*COMMAND, *map(str, arguments)]
    process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 200
    while not list(folder.glob(at)) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(how)
    output, _ = process.communicate(timeout=100)
    return process.returncode, output


@pytest.mark.slow  # quick members are killed in every stage in test_training_schedule.py
def test_killed_training_goes_on_and_ends_with_the_same_bytes(trained, tmp_path):
    folder, _ = trained
    at = "models/parts/*/tP/network_epoch.npz"
    status, _ = stopped(signal.SIGKILL, at, tmp_path, folder / "training.h5", *SMALL)
    assert status == -signal.SIGKILL and not (tmp_path / "models" / "tP.npz").exists()
    again = mlindex_train(folder / "training.h5", *SMALL, "-v", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "lists to train on" not in again.stdout  # the training set was kept
    assert "epoch 1" not in again.stdout and "epoch 2" in again.stdout  # and the epoch
    for name in ("tP.npz", "report_tP.json", "report_tP.html", "manifest.json"):
        assert (tmp_path / "models" / name).read_bytes() == (folder / "models" / name).read_bytes()
    assert not (tmp_path / "models" / "parts").exists()


def test_ctrl_c_leaves_what_is_done(trained, tmp_path):
    folder, _ = trained
    at = "models/parts/*/tP/training_set.npz"
    status, output = stopped(signal.SIGINT, at, tmp_path, folder / "training.h5", *SMALL)
    assert status == 130
    assert "Interrupted: what is done lies in models; the same command goes on from there." in output
    assert list(tmp_path.glob(at)) and not (tmp_path / "models" / "tP.npz").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "no input: name data sets of dials.mlindex_dataset"),
        (["nowhere.h5"], "nowhere.h5: no such file."),
        (["text.h5", "lattices=tP", "nproc=1"], "text.h5: not a readable HDF5 file"),
        (["old.h5", "lattices=tP", "nproc=1"], "old.h5: layout version 99, but this program reads version 1"),
        (["few.h5", "lattices=tP", "nproc=1"], "few.h5: 8 tP crystals to train on, 20 are needed; add data sets"),
        (["few.h5", "lattices=xP"], "training.lattices=xP: use all, or any of cF, cI"),
        (["few.h5", "output.models=text.h5"], "output.models=text.h5 cannot be written"),
        (["few.h5", "n_lists=1"], "training.n_lists"),
        (["few.h5", "lattices=tP", "nproc=1", "output.models=other"], "other/manifest.json: not a manifest"),
        (
            ["few.h5", "lattices=tP", "nproc=1", "ideal=0", "laboratory=0", "synchrotron=0", "smsfx=0"],
            "experiment: every share is zero",
        ),
    ],
)
def test_user_errors_are_one_sentence(arguments, sentence, tmp_path, capsys, monkeypatch):
    from mlindex_plugin.command_line.mlindex_train import run

    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.h5").write_text("no HDF5")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "manifest.json").write_text("{}")
    many_crystals(tmp_path / "few.h5", 10)
    many_crystals(tmp_path / "old.h5", 10)
    with h5py.File(tmp_path / "old.h5", "r+") as handle:
        handle.attrs["version"] = 99
    with pytest.raises(SystemExit) as stopped:
        run(arguments)
    message = str(stopped.value)
    assert message.startswith("dials.mlindex_train: ") and sentence in message
    assert "\n" not in message


def test_without_torch_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    from mlindex_plugin.command_line import mlindex_train

    many_crystals(tmp_path / "few.h5", 10)
    monkeypatch.setattr(mlindex_train, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="needs PyTorch, which is not installed here: pip install torch."):
        mlindex_train.run([str(tmp_path / "few.h5")])


def test_a_gpu_that_is_not_there_is_told_before_the_work(tmp_path, monkeypatch):
    import torch

    from mlindex_plugin.command_line.mlindex_train import run

    many_crystals(tmp_path / "few.h5", 10)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit, match="network.device=cuda: torch finds no GPU; choose auto or cpu."):
        run(["few.h5", "lattices=tP", "nproc=1", "device=cuda"])
    assert [path.name for path in tmp_path.iterdir()] == ["few.h5"]


def test_help_configuration_and_version():
    said = {option: mlindex_train(option, cwd=REPOSITORY) for option in ("-h", "-c", "--version")}
    assert all(process.returncode == 0 and not process.stderr for process in said.values())
    assert "Exit status: 0 when the models are complete" in said["-h"].stdout
    assert "network {" in said["-c"].stdout
    assert said["--version"].stdout == f"dials.mlindex_train {mlindex_plugin.__version__}\n"
