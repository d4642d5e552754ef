"""The scripts in examples/ that start dials.mlindex_powder on a cluster; under a real Slurm: test_powder_slurm.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.sh"))
BIN = Path(sys.executable).parent
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "PYTHONPATH": os.pathsep.join([str(EXAMPLES.parent), os.environ.get("PYTHONPATH", "")]),
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
}
submit_job = pytest.mark.skipif(
    not (Path("/usr/lib/python3/dist-packages/xfel/command_line/cxi_mpi_submit.py").exists()),
    reason="Debian's cctbx.xfel is not installed",
)
# under this name in cctbx before 2023; Debian has no command for it
SUBMIT_JOB = ["/usr/bin/python3", "-m", "xfel.command_line.cxi_mpi_submit", str(EXAMPLES / "submit_job.phil")]
DISPATCHER = f"input.dispatcher={EXAMPLES / 'submit_job_dispatcher.sh'}"


def run(command, cwd, **environment):
    return subprocess.run(
        command, cwd=cwd, env={**ENVIRONMENT, **environment}, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_are_executable_and_well_formed(script):
    assert os.access(script, os.X_OK)
    assert run(["bash", "-n", script], script.parent).stderr == ""


def echo_command(folder: Path) -> str:
    """A folder with a dials.mlindex_powder that prints its arguments; as a PATH."""
    (folder / "bin").mkdir()
    command = folder / "bin" / "dials.mlindex_powder"
    command.write_text('#!/bin/bash\nprintf "%s\\n" "$@"\n')
    command.chmod(0o755)
    return f"{command.parent}{os.pathsep}{os.environ['PATH']}"


def test_the_dispatcher_names_parameters_as_the_command_does(tmp_path):
    arguments = [
        "input.trial=0",
        "output.output_dir=a b/out",
        "output.logging_dir=x",
        "p.xy",
        "seed=3",
        "mp.method=mpi",
    ]
    process = run([EXAMPLES / "submit_job_dispatcher.sh", *arguments], tmp_path, PATH=echo_command(tmp_path))
    assert process.stdout.split("\n")[:-1] == ["output.directory=a b/out", "p.xy", "seed=3", "mp.method=mpi"]


@submit_job
@pytest.mark.parametrize(
    ("options", "launched", "appended"),
    [
        (["mp.method=slurm"], "mpirun ", " mp.method=mpi"),
        (["mp.method=lsf"], "mpirun ", " mp.method=mpi"),
        (["mp.method=pbs"], "mpiexec --hostfile $PBS_NODEFILE ", " mp.method=mpi"),
        (["mp.method=sge"], "mpirun -n ${NSLOTS} ", " mp.method=mpi"),
        (["mp.method=sge", "mp.use_mpi=False"], "", " mp.nproc=${NSLOTS}"),
        (["mp.method=local", "mp.use_mpi=False", "mp.nproc=3"], "", " mp.nproc=3"),
    ],
)
def test_submit_job_makes_a_command_that_the_dispatcher_understands(options, launched, appended, tmp_path):
    given = ["input.run_num=1", "input.file_list=p.txt", "search.seed=3", *options, "dry_run=True", DISPATCHER]
    process = run([*SUBMIT_JOB, *given], tmp_path)
    assert process.returncode == 0, process.stderr
    command = (tmp_path / "results" / "r0001" / "000" / "submit.sh").read_text().rstrip().split("\n")[-1]
    assert command.startswith(f"{launched}{EXAMPLES / 'submit_job_dispatcher.sh'} ")
    assert command.endswith(appended)

    inner = command.removeprefix(launched)
    process = run(["bash", "-c", inner], tmp_path, PATH=echo_command(tmp_path), NSLOTS="3")
    last = appended.strip().replace("${NSLOTS}", "3")
    assert process.stdout.split() == [
        "output.directory=results/r0001/000/out",
        "input.file_list=p.txt",
        "search.seed=3",
        last,
    ]


@submit_job
@pytest.mark.mpi
@pytest.mark.skipif(which("mpirun") is None or find_spec("mpi4py") is None, reason="needs mpirun and mpi4py")
@pytest.mark.skipif(not (BIN / "dials.mlindex_powder").exists(), reason="the command is not installed")
def test_submit_job_runs_a_batch_with_mpi_on_this_machine(tmp_path):
    d = [8.37, 5.12, 4.3676, 4.185, 3.6204, 3.24, 3.0192, 2.79, 2.56, 2.449, 2.45, 2.2897, 2.24, 2.1838, 2.0925]
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text("d\n" + "".join(f"{value}\n" for value in d))
    (tmp_path / "list.txt").write_text("one.txt\ntwo.txt\n")
    options = ["input.file_list=list.txt", "search.bravais_lattices=tP", "search.effort=quick", DISPATCHER]
    here = ["mp.method=local", "mp.nproc=3", "mp.mpi_command=mpirun --oversubscribe"]
    process = run([*SUBMIT_JOB, "input.run_num=1", *options, *here], tmp_path)
    assert process.returncode == 0, process.stderr
    trial = tmp_path / "results" / "r0001" / "000"
    summary = trial / "out" / "mlindex_batch.json"
    deadline = time.monotonic() + 120  # submit_job does not wait
    while not summary.exists():
        assert time.monotonic() < deadline, (trial / "stdout" / "log.err").read_text()
        time.sleep(0.1)
    assert json.loads(summary.read_text())["counts"] == {"done": 2, "failed": 0, "interrupted": 0}
    assert (trial / "stdout" / "log.out").read_text().count("2 patterns") == 1
