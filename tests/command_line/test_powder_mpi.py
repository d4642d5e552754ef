"""dials.mlindex_powder under a real mpirun."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from powder_command import COMMAND, MONOCLINIC, TETRAGONAL, mlindex_powder, write_lines
from real_commands import ENVIRONMENT

pytestmark = [
    pytest.mark.mpi,
    pytest.mark.skipif(shutil.which("mpirun") is None, reason="mpirun is not installed"),
    pytest.mark.skipif(find_spec("mpi4py") is None, reason="mpi4py is not installed"),
]
OPTIONS = ("mono.txt", "tet.txt", "units=d", "effort=quick", "bravais_lattices=tP,mP,oP", "output.directory=out")
NAMES = ("mono", "tet")


def mpirun(n_ranks: int) -> list[str]:
    return ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(n_ranks)]


def write_patterns(folder: Path) -> None:
    write_lines(folder / "tet.txt", TETRAGONAL, "P 4/m m m")
    write_lines(folder / "mono.txt", MONOCLINIC, "P 1 2 1")


def answers(folder: Path) -> list[dict]:
    """The patterns' JSON without what may differ."""
    summaries = [json.loads((folder / "out" / name / "mlindex_powder.json").read_text()) for name in NAMES]
    for summary in summaries:
        summary.pop("timings")
    return summaries


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The answers of one process without MPI."""
    folder = tmp_path_factory.mktemp("expected")
    write_patterns(folder)
    process = mlindex_powder(*OPTIONS, "nproc=1", cwd=folder)
    assert process.returncode == 0, process.stderr
    return answers(folder)


@pytest.mark.parametrize("n_ranks", [1, 2, 3, 5])
def test_any_number_of_ranks_gives_the_answer_of_one_process(n_ranks, expected, tmp_path):
    write_patterns(tmp_path)
    process = mlindex_powder(*OPTIONS, "mp.nproc=7", "mp.method=mpi", cwd=tmp_path, launcher=mpirun(n_ranks))
    assert process.returncode == 0, process.stderr
    assert process.stdout.count("2 patterns") == 1  # one rank speaks
    assert answers(tmp_path) == expected


def test_a_single_pattern_with_more_ranks_than_units(tmp_path):
    write_patterns(tmp_path)
    arguments = ("tet.txt", "units=d", "effort=quick", "bravais_lattices=tP", "mp.method=mpi")
    process = mlindex_powder(*arguments, cwd=tmp_path, launcher=mpirun(4))
    assert process.returncode == 0, process.stderr
    assert json.loads((tmp_path / "mlindex_powder.json").read_text())["solutions"][0]["bravais_lattice"] == "tP"


@pytest.mark.parametrize("arguments", [["absent.txt"], ["noise.txt", "units=d"]])
def test_bad_input_ends_all_ranks(arguments, tmp_path):
    (tmp_path / "noise.txt").write_bytes(b"\x00\x01")
    process = mlindex_powder(*arguments, "mp.method=mpi", cwd=tmp_path, launcher=mpirun(3))
    assert process.returncode == 1
    assert "dials.mlindex_powder: " in process.stderr and "Traceback" not in process.stderr


def test_a_rank_that_is_killed_ends_the_run_and_the_next_does_the_rest(expected, tmp_path):
    write_patterns(tmp_path)
    command = [*mpirun(3), *map(str, COMMAND), *OPTIONS, "mp.method=mpi"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "out" / ".mlindex_powder.lock").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    ranks = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    subprocess.run(["kill", f"-{signal.SIGKILL:d}", ranks[-1]], check=True)
    process.communicate(timeout=60)
    assert process.returncode != 0
    second = mlindex_powder(*OPTIONS, "mp.method=mpi", cwd=tmp_path, launcher=mpirun(3))
    assert second.returncode == 0, second.stderr
    assert answers(tmp_path) == expected
