"""dials.mlindex_powder with jobs of a real Slurm, which tests/slurm/slurm.sh starts on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from powder_command import ENVIRONMENT, MONOCLINIC, REPOSITORY, TETRAGONAL, mlindex_powder, write_lines

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(shutil.which("slurmctld") is None, reason="slurm-wlm is not installed"),
    pytest.mark.skipif(find_spec("dask_jobqueue") is None, reason="dask-jobqueue is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="Slurm's daemons are started as root"),
]
SCRIPT = REPOSITORY / "tests" / "slurm" / "slurm.sh"
OPTIONS = ("mono.txt", "tet.txt", "units=d", "effort=quick", "bravais_lattices=tP,mP")


@pytest.fixture(scope="module", autouse=True)
def slurm():
    folder = Path(tempfile.mkdtemp(prefix="slurm"))  # a short name: sockets have at most 107 characters
    subprocess.run([SCRIPT, "start", folder], check=True, timeout=120)
    ENVIRONMENT["SLURM_CONF"] = str(folder / "slurm.conf")
    yield
    subprocess.run([SCRIPT, "stop", folder], check=True, timeout=60)
    del ENVIRONMENT["SLURM_CONF"]


@pytest.fixture
def folder(tmp_path):
    write_lines(tmp_path / "tet.txt", TETRAGONAL, "P 4/m m m")
    write_lines(tmp_path / "mono.txt", MONOCLINIC, "P 1 2 1")
    return tmp_path


def test_jobs_give_the_answer_of_one_process(folder):
    found = []
    for name, method in (("one", ["nproc=1"]), ("jobs", ["nproc=2", "method=slurm", "queue=short", "wall_time=5"])):
        process = mlindex_powder(*OPTIONS, *method, f"output.directory={name}", cwd=folder)
        assert process.returncode == 0, process.stderr
        summaries = [json.loads((folder / name / one / "mlindex_powder.json").read_text()) for one in ("mono", "tet")]
        for summary in summaries:
            summary.pop("timings")
        found.append(summaries)
    assert found[0] == found[1]
    assert process.stderr == ""


def test_a_queue_that_refuses_is_said_in_a_sentence(folder):
    process = mlindex_powder(*OPTIONS, "nproc=2", "method=slurm", "queue=nowhere", cwd=folder)
    assert process.returncode == 1
    assert process.stderr.startswith("dials.mlindex_powder: mp.method=slurm: the queue refuses (sbatch: error:")
    assert "Traceback" not in process.stderr
