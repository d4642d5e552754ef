"""dials.mlindex_powder with jobs of a real Slurm, which tests/slurm/slurm.sh starts on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from powder_command import COMMAND, ENVIRONMENT, MONOCLINIC, REPOSITORY, TETRAGONAL, mlindex_powder, write_lines

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


def begin(*arguments, cwd):
    """The command, begun and left running."""
    return subprocess.Popen(
        [*COMMAND, *arguments], cwd=cwd, env=ENVIRONMENT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def jobs() -> list[str]:
    listed = subprocess.run(["squeue", "-h", "-o", "%A"], env=ENVIRONMENT, check=True, capture_output=True, text=True)
    return listed.stdout.split()


def test_jobs_that_have_ended_are_submitted_again(folder):
    for n in range(30):
        write_lines(folder / f"mono{n:02}.txt", MONOCLINIC, "P 1 2 1")
    files = [path.name for path in sorted(folder.glob("mono??.txt"))]
    options = (*OPTIONS[2:], "nproc=2", "method=slurm", "queue=short", "output.directory=out")
    process = begin(*files, *options, cwd=folder)
    deadline = time.monotonic() + 120
    while not (folder / "out" / "mono00" / "mlindex_row.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    subprocess.run(["scancel", *jobs()], env=ENVIRONMENT, check=True)  # as at the end of their time
    stdout, stderr = process.communicate(timeout=280)
    assert process.returncode == 0, stderr
    assert "2 of 2 jobs have ended and are submitted again." in stdout
    statuses = [row["status"] for row in json.loads((folder / "out" / "mlindex_batch.json").read_text())["patterns"]]
    assert statuses == ["done"] * 30


def test_jobs_that_cannot_start_end_the_run(folder):
    (folder / "broken.sh").write_text("exit 3\n")
    options = ("nproc=2", "method=slurm", "queue=short", f"env_script={folder / 'broken.sh'}", "output.directory=out")
    process = mlindex_powder(*OPTIONS, *options, cwd=folder)
    assert process.returncode == 1
    assert process.stderr.startswith("dials.mlindex_powder: mp.method=slurm: all jobs ended before they did any work;")
    assert process.stderr.count("\n") == 1


def test_ctrl_c_ends_the_wait_for_jobs_that_do_not_begin(folder):
    options = ("nproc=1", "method=slurm", "queue=short", "extra_options=--begin=now+1hour", "output.directory=out")
    process = begin(*OPTIONS, *options, cwd=folder)
    deadline = time.monotonic() + 60
    while not jobs():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.terminate()
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130 and stderr == "", stderr
    assert jobs() == []
