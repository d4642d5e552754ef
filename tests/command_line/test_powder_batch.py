"""dials.mlindex_powder with several patterns: folders, summary, repeated runs, faults."""

from __future__ import annotations

import csv
import json
import os
import platform
import signal
import subprocess
import time
from pathlib import Path

import pytest
from powder_command import COMMAND, MONOCLINIC, TETRAGONAL, begin, mlindex_powder, names, write_lines
from real_commands import ENVIRONMENT

from mlindex_plugin.folder_lock import LOCK_NAME, folder_lock

QUICK = ("units=d", "effort=quick", "bravais_lattices=tP,mP", "output.directory=out")
SUMMARY = ["dials.mlindex_powder.log", "mlindex_batch.csv", "mlindex_batch.html", "mlindex_batch.json"]


def write_patterns(folder: Path) -> list[str]:
    write_lines(folder / "tet.txt", TETRAGONAL, "P 4/m m m")
    write_lines(folder / "mono.txt", MONOCLINIC, "P 1 2 1")
    (folder / "bad.txt").write_bytes(b"\x00\x01 no powder \x02")
    return ["tet.txt", "bad.txt", "mono.txt"]


def table(folder: Path) -> dict[str, dict[str, str]]:
    """Rows of the CSV by pattern."""
    with (folder / "mlindex_batch.csv").open() as stream:
        return {row["name"]: row for row in csv.DictReader(stream)}


def answer(path: Path) -> dict:
    """A pattern's JSON without what may differ."""
    summary = json.loads(path.read_text())
    summary.pop("timings")
    return summary


def times(folder: Path) -> dict[str, int]:
    return {path.parent.name: path.stat().st_mtime_ns for path in folder.glob("*/mlindex_powder.json")}


def wait_for(condition):
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """A batch with one file that is no pattern, for several tests that only look."""
    folder = tmp_path_factory.mktemp("batch")
    process = mlindex_powder(*write_patterns(folder), *QUICK, "nproc=2", cwd=folder)
    return folder, process


def test_every_pattern_has_a_folder_and_a_row(batch):
    folder, process = batch
    assert names(folder / "out") == sorted([*SUMMARY, "mono", "tet"])
    assert {"mlindex_powder.html", "mlindex_powder.json", "small_cell_1.phil"} <= set(names(folder / "out" / "tet"))
    rows = table(folder / "out")
    assert list(rows) == ["tet", "bad", "mono"]
    assert [row["status"] for row in rows.values()] == ["done", "failed", "done"]
    assert rows["tet"]["lattice"] == "tP" and float(rows["tet"]["c"]) == pytest.approx(8.37, rel=1e-4)
    assert rows["mono"]["lattice"] == "mP" and float(rows["mono"]["beta"]) == pytest.approx(95.45, abs=0.01)
    assert rows["mono"]["n_indexed"] == rows["mono"]["n_peaks"] == "25"


def test_a_failed_pattern_is_a_row_with_its_reason_and_an_exit_status(batch):
    folder, process = batch
    assert process.returncode == 1
    assert process.stderr == (
        "dials.mlindex_powder: 1 of 3 patterns could not be searched; out/mlindex_batch.csv says why.\n"
    )
    reason = table(folder / "out")["bad"]["reason"]
    assert reason.startswith("bad.txt: is neither text")
    assert f"bad: {reason}" in process.stdout
    assert "[3/3] " in process.stdout


def test_lists_without_angles_have_no_zero_shift_to_refine(tmp_path):
    write_lines(tmp_path / "tet.txt", TETRAGONAL, "P 4/m m m")
    write_lines(tmp_path / "mono.txt", MONOCLINIC, "P 1 2 1")
    process = mlindex_powder("tet.txt", "mono.txt", *QUICK, "zero_shift=refine", "nproc=1", cwd=tmp_path)
    assert process.returncode == 1
    rows = table(tmp_path / "out")
    assert [row["status"] for row in rows.values()] == ["failed", "failed"]
    assert rows["mono"]["reason"].startswith("mono.txt: search.zero_shift=refine needs positions in two-theta")


def test_json_and_page_tell_what_the_table_tells(batch):
    folder, _ = batch
    summary = json.loads((folder / "out" / "mlindex_batch.json").read_text())
    assert summary["counts"] == {"done": 2, "failed": 1, "interrupted": 0}
    patterns = {pattern["name"]: pattern for pattern in summary["patterns"]}
    rows = table(folder / "out")
    assert {name: str(one["volume"] or "") for name, one in patterns.items()} == {
        name: row["volume"] for name, row in rows.items()
    }
    page = (folder / "out" / "mlindex_batch.html").read_text()
    assert page.count("<svg") == 2 and page.count("<tr>") == 4
    assert '<a href="tet/mlindex_powder.html">tet</a>' in page and 'href="bad/' not in page
    assert "<button>M</button>" in page and rows["bad"]["reason"] in page


def test_a_pattern_of_a_batch_has_the_answer_that_it_has_alone(batch):
    folder, _ = batch
    process = mlindex_powder("mono.txt", *QUICK[:-1], "output.directory=alone", "nproc=1", cwd=folder)
    assert process.returncode == 0, process.stderr
    assert answer(folder / "alone" / "mlindex_powder.json") == answer(folder / "out" / "mono" / "mlindex_powder.json")


@pytest.mark.slow
@pytest.mark.parametrize("nproc", [1, 4])
def test_the_number_of_processes_changes_nothing(batch, nproc, tmp_path):
    folder, _ = batch
    mlindex_powder(*write_patterns(tmp_path), *QUICK, f"nproc={nproc}", cwd=tmp_path)
    for name in ("tet", "mono"):
        path = Path("out", name, "mlindex_powder.json")
        assert answer(tmp_path / path) == answer(folder / path)


def test_run_again_only_what_is_missing_is_done(tmp_path):
    patterns = write_patterns(tmp_path)
    (tmp_path / "bad.txt").unlink()
    (tmp_path / "list.txt").write_text("# my patterns\ntet.txt\n\nbad.txt\n mono.txt\n")
    process = mlindex_powder("file_list=list.txt", *QUICK, "nproc=1", cwd=tmp_path)
    assert process.returncode == 1
    before, rows = times(tmp_path / "out"), table(tmp_path / "out")
    assert rows["bad"]["reason"] == "bad.txt: no such file."

    write_lines(tmp_path / "bad.txt", TETRAGONAL, "P 4/m m m", 20)  # there now
    (tmp_path / "out" / "mono" / "mlindex_row.json").unlink()  # as a killed run leaves it
    process = mlindex_powder(*patterns, *QUICK, "nproc=2", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    after = times(tmp_path / "out")
    assert after["tet"] == before["tet"] and after["mono"] > before["mono"] and "bad" in after
    assert "tet: tP" in process.stdout and process.stdout.count("done before") == 1
    again = table(tmp_path / "out")
    assert again["tet"] == rows["tet"] and again["bad"]["status"] == "done"

    process = mlindex_powder(*patterns, *QUICK, "nproc=2", "seed=3", cwd=tmp_path)  # another question
    assert process.returncode == 0, process.stderr
    assert "done before" not in process.stdout and times(tmp_path / "out")["tet"] > after["tet"]


def test_two_runs_in_one_folder_refuse(tmp_path):
    patterns = write_patterns(tmp_path)
    (tmp_path / "out").mkdir()
    with folder_lock(tmp_path / "out"):
        for arguments in (patterns, patterns[:1]):  # a batch, and a single pattern
            process = mlindex_powder(*arguments, *QUICK, cwd=tmp_path)
            assert process.returncode == 1
            assert f"out: process {os.getpid()} on {platform.node()} has been working in this folder" in process.stderr
            assert names(tmp_path / "out") == [LOCK_NAME]


@pytest.mark.slow
def test_a_killed_run_is_taken_up_by_the_next(tmp_path):
    patterns = write_patterns(tmp_path)
    process = begin(*patterns, *QUICK, "nproc=2", cwd=tmp_path)
    wait_for((tmp_path / "out" / "dials.mlindex_powder.log").exists)  # the lock comes before it
    process.kill()
    process.communicate(timeout=20)
    assert LOCK_NAME in names(tmp_path / "out")
    second = mlindex_powder(*patterns, *QUICK, "nproc=2", cwd=tmp_path)
    assert f"The lock of process {process.pid}, which has ended without removing it, is taken over." in second.stdout
    assert [row["status"] for row in table(tmp_path / "out").values()] == ["done", "failed", "done"]
    assert names(tmp_path / "out") == sorted([*SUMMARY, "mono", "tet"])


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for child processes in Linux's /proc")
def test_a_worker_that_is_killed_costs_nothing(batch, tmp_path):
    folder, _ = batch
    process = begin(*write_patterns(tmp_path), *QUICK, "nproc=2", cwd=tmp_path)
    wait_for(lambda: children(process.pid))
    os.kill(children(process.pid)[0], signal.SIGKILL)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 1 and "1 of 3 patterns" in stderr, (stdout, stderr)
    for name in ("tet", "mono"):
        path = Path("out", name, "mlindex_powder.json")
        assert answer(tmp_path / path) == answer(folder / path)


def test_sigterm_writes_what_there_is_and_the_next_run_does_the_rest(tmp_path):
    files = [f"tet{n:02}.txt" for n in range(40)]
    for file in files:
        write_lines(tmp_path / file, TETRAGONAL, "P 4/m m m", 20)
    arguments = (*files, "units=d", "effort=quick", "bravais_lattices=tP", "output.directory=out", "nproc=1")
    process = begin(*arguments, cwd=tmp_path)
    wait_for((tmp_path / "out" / "tet00" / "mlindex_row.json").exists)
    process.send_signal(signal.SIGTERM)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 130 and stderr == "", (stdout, stderr)
    rows = table(tmp_path / "out")
    assert list(rows) == [file[:5] for file in files]
    assert rows["tet00"]["status"] == "done"
    assert rows["tet39"]["status"] == "interrupted" and rows["tet39"]["lattice"] == ""
    n_done = sum(row["status"] == "done" for row in rows.values())
    second = mlindex_powder(*arguments, cwd=tmp_path)
    assert second.returncode == 0, second.stderr
    assert {row["status"] for row in table(tmp_path / "out").values()} == {"done"}
    assert second.stdout.count("done before") == n_done


@pytest.mark.slow
def test_a_full_disk_ends_the_batch_and_leaves_whole_files(tmp_path):
    disk = tmp_path / "out"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no small file system can be mounted here")
    try:
        write_patterns(tmp_path)
        arguments = ("mono.txt", "tet.txt", *QUICK, "nproc=1")
        process = mlindex_powder(*arguments, cwd=tmp_path)
        assert process.returncode == 1
        assert process.stderr.count("\n") == 1 and "No space left on device" in process.stderr
        assert list(disk.glob("**/*.part")) == []
        assert json.loads((disk / "mono" / "mlindex_powder.json").read_text())["solutions"]
        assert not (disk / "tet" / "mlindex_powder.json").exists()
        subprocess.run(["mount", "-o", "remount,size=4m", disk], check=True)
        second = mlindex_powder(*arguments, cwd=tmp_path)
        assert second.returncode == 0, second.stderr
        assert second.stdout.count("done before") == 1
    finally:
        subprocess.run(["umount", disk], check=True)


def test_cuda_without_a_gpu_is_refused_before_anything_is_written(tmp_path):
    environment = {**ENVIRONMENT, "CUDA_VISIBLE_DEVICES": ""}
    for files in (write_patterns(tmp_path), ["tet.txt"]):
        command = [*COMMAND, *files, *QUICK, "search.device=cuda"]
        process = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
        assert process.returncode == 1
        assert "search.device=cuda needs" in process.stderr
        assert "Traceback" not in process.stderr
        assert not (tmp_path / "out").exists()
