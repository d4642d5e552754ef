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
from powder_command import INSTALLED, MONOCLINIC, TETRAGONAL, begin, mlindex_powder, write_lines
from real_commands import ENVIRONMENT, REPOSITORY

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


@pytest.fixture
def scripts():
    """The environment in which the scripts of examples/ are submitted."""
    if not INSTALLED.exists() or shutil.which("mpirun") is None or find_spec("mpi4py") is None:
        pytest.skip("the command, mpirun or mpi4py is not installed")
    root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return {**ENVIRONMENT, **root, "PATH": f"{INSTALLED.parent}{os.pathsep}{os.environ['PATH']}"}


def counts(directory: Path) -> dict[str, int]:
    return json.loads((directory / "mlindex_batch.json").read_text())["counts"]


def test_the_script_for_slurm_runs_a_batch(folder, scripts):
    script = REPOSITORY / "examples" / "slurm_mpi.sh"
    command = ["sbatch", "--wait", "--ntasks=3", "--output=job.log", script, *OPTIONS, "output.directory=out"]
    process = subprocess.run(command, cwd=folder, env=scripts, capture_output=True, text=True, timeout=280)
    assert process.returncode == 0, (folder / "job.log").read_text()
    assert counts(folder / "out") == {"done": 2, "failed": 0, "interrupted": 0}
    assert (folder / "job.log").read_text().count("2 patterns") == 1  # one rank speaks


def test_the_script_for_slurm_writes_what_there_is_before_its_time_is_over(folder, scripts):
    files = [write_lines(folder / f"mono{n:02}.txt", MONOCLINIC, "P 1 2 1").name for n in range(60)]
    script = REPOSITORY / "examples" / "slurm_mpi.sh"
    options = (*OPTIONS[2:], "output.directory=out")
    command = ["sbatch", "--parsable", "--ntasks=3", "--output=job.log", script, *files, *options]
    job = subprocess.run(command, cwd=folder, env=scripts, capture_output=True, text=True, check=True).stdout.strip()
    deadline = time.monotonic() + 120
    while not (folder / "out" / "mono00" / "mlindex_row.json").exists():
        assert time.monotonic() < deadline, (folder / "job.log").read_text()
        time.sleep(0.1)
    # what --signal=B:TERM@90 does
    subprocess.run(["scancel", "--batch", "--signal=TERM", job], env=scripts, check=True)
    while not (folder / "out" / "mlindex_batch.json").exists():
        assert time.monotonic() < deadline, (folder / "job.log").read_text()
        time.sleep(0.1)
    found = counts(folder / "out")
    assert found["done"] >= 1 and found["interrupted"] >= 1 and found["failed"] == 0


@pytest.mark.skipif(
    not Path("/usr/lib/python3/dist-packages/xfel/command_line/cxi_mpi_submit.py").exists(),
    reason="Debian's cctbx.xfel is not installed",
)
def test_submit_job_submits_a_batch(folder, scripts):
    examples = REPOSITORY / "examples"
    (folder / "list.txt").write_text("mono.txt\ntet.txt\n")
    options = ["input.units=d", "search.effort=quick", "search.bravais_lattices=tP,mP", "input.file_list=list.txt"]
    dispatcher = f"input.dispatcher={examples / 'submit_job_dispatcher.sh'}"
    job = [examples / "submit_job.phil", dispatcher, "input.run_num=7", "mp.nnodes=1", "mp.nproc_per_node=3"]
    command = ["/usr/bin/python3", "-m", "xfel.command_line.cxi_mpi_submit", *job, *options]
    subprocess.run(command, cwd=folder, env=scripts, check=True, timeout=60)
    trial = folder / "results" / "r0007" / "000"
    deadline = time.monotonic() + 200
    while not (trial / "out" / "mlindex_batch.json").exists():
        assert time.monotonic() < deadline, (trial / "stdout" / "log.err").read_text()
        time.sleep(0.2)
    assert counts(trial / "out") == {"done": 2, "failed": 0, "interrupted": 0}
