"""tools/make_weights.sh from end to end in a folder of its own, with data sets of 60 crystals and one lattice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from cif_texts import organic, rock_salt

from mlindex_plugin.algorithms.simulate.dataset import open_dataset
from mlindex_plugin.models.registry import load_models, read_manifest

REPOSITORY = Path(__file__).parents[2]
DATA_SETS = ["structures", "molecular", "layered", "inorganic", "framework"]
SMALL = ["lattices=mP", "n_lists=500", "epochs=1", "mp.nproc=1"]
# the script's own arguments, with fewer crystals
COMMAND = """#!/bin/bash
echo "$@" >> {log}
exec {python} -m mlindex_plugin.command_line.{name} "${{@/#synthetic.n=*/synthetic.n=60}}"
"""

pytest.importorskip("torch")


def project_folder(folder):
    """A project with the script, commands that make small data sets, and two CIFs beside it."""
    project, shared = folder / "project", folder / "shared" / "data"
    for made in (project / "tools", project / ".venv" / "bin", shared):
        made.mkdir(parents=True)
    shutil.copy(REPOSITORY / "tools" / "make_weights.sh", project / "tools")
    for name in ("mlindex_dataset", "mlindex_train"):
        command = project / ".venv" / "bin" / f"dials.{name}"
        command.write_text(COMMAND.format(log=folder / f"{name}.log", python=sys.executable, name=name))
        command.chmod(0o755)
    (project / ".venv" / "bin" / "python").write_text(f'#!/bin/bash\nexec {sys.executable} "$@"\n')
    (project / ".venv" / "bin" / "python").chmod(0o755)
    with tarfile.open(shared / "cifs.tar.gz", "w:gz") as archive:
        for name, text in (("near.cif", rock_salt()), ("far.cif", organic())):
            (folder / name).write_text(text)
            archive.add(folder / name, name)
    (shared / "cifs_index.csv").write_text("file,near_experimental_case\nnear.cif,1\nfar.cif,0\n")
    return project


def make_weights(project, *arguments):
    path = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])
    command = [project / "tools" / "make_weights.sh", *arguments]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)


@pytest.mark.slow
def test_one_command_makes_data_sets_trains_and_installs_the_models(tmp_path):
    project = project_folder(tmp_path)
    process = make_weights(project, *SMALL)
    assert process.returncode == 0, process.stderr
    weights = project / "mlindex_plugin" / "models" / "weights"
    assert sorted(path.name for path in weights.iterdir()) == ["mP.npz", "manifest.json"]
    assert process.stdout.splitlines()[-1].startswith("Models of the package: ")
    assert sorted(load_models("mP", weights)) == ["forest", "network", "templates", "volumes"]
    folder = project / "build" / "weights"
    assert (folder / "near.txt").read_text() == "near.cif\n"
    with open_dataset(folder / "structures.h5") as dataset:
        splits = dict(zip((e.identifier for e in dataset.entries()), dataset.column("split"), strict=True))
    assert splits == {"far.cif": "training", "near.cif": "left_out"}
    assert len(read_manifest(weights)["lattices"]["mP"]["data_sets"]) == len(DATA_SETS)

    # again: nothing is made anew
    assert make_weights(project, *SMALL).returncode == 0
    assert len((tmp_path / "mlindex_dataset.log").read_text().splitlines()) == len(DATA_SETS)
    assert len((tmp_path / "mlindex_train.log").read_text().splitlines()) == 2
