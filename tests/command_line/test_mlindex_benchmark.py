"""The command dials.mlindex_benchmark, on small data sets of made-up crystals."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time

import pytest
from real_commands import ENVIRONMENT, command_of, finished
from training_files import many_crystals

from mlindex_plugin.command_line.mlindex_benchmark import run

COMMAND = command_of("mlindex_benchmark")
SMALL = [
    "benchmark.lattices=tP",
    "benchmark.part=unseen",
    "benchmark.n=2",
    "search.bravais_lattices=tP",
    "search.effort=quick",
    "search.n_peaks=20",
]
FILES = ["dials.mlindex_benchmark.log", "mlindex_benchmark.html", "mlindex_benchmark.json", "mlindex_benchmark.jsonl"]


def mlindex_benchmark(*arguments, cwd):
    return finished(COMMAND, *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """One run for several tests that only look."""
    folder = tmp_path_factory.mktemp("measured")
    many_crystals(folder / "set.h5", n=20)
    process = mlindex_benchmark(
        "set.h5", *SMALL, "benchmark.conditions=ideal,zero_0.07", "mp.nproc=1", "output.directory=one", cwd=folder
    )
    assert process.returncode == 0, process.stderr
    return folder, process


def test_tables_and_files(measured):
    folder, process = measured
    assert sorted(path.name for path in (folder / "one").iterdir()) == FILES
    assert process.stdout == (folder / "one" / FILES[0]).read_text()
    summary = json.loads((folder / "one" / "mlindex_benchmark.json").read_text())
    assert summary["schema"] == {"name": "mlindex_benchmark", "version": 1}
    assert [(table["condition"], table["rows"]["all"]["n"]) for table in summary["tables"]] == [
        ("ideal", 2),
        ("zero_0.07", 2),
    ]
    assert summary["tables"][0]["rows"]["tP"]["top_1"]["count"] == 2
    assert re.search(r"^\[1/4\] ideal tP \d+\.cif: rank 1, \d+\.\d s$", process.stdout, re.MULTILINE)
    assert "| tP | 2 | 100.0 (34-100) | 100.0 (34-100) | 100.0 |" in process.stdout
    records = summary["searches"]
    assert len(records) == len((folder / "one" / "mlindex_benchmark.jsonl").read_text().splitlines()) == 4
    shifts = [record["best"]["zero_shift"] for record in records if record["condition"] == "zero_0.07"]
    assert min(shifts) > 0.02  # refined, from positions in 2θ


def test_page_is_self_contained(measured):
    page = (measured[0] / "one" / "mlindex_benchmark.html").read_text()
    assert page.count('src="data:image/png;base64,') == 5
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert "<h2>zero_0.07</h2>" in page and "100.0 (34-100)" in page


def test_other_processes_give_the_same_and_compare_as_equal(measured):
    folder, _ = measured
    process = mlindex_benchmark(
        "set.h5",
        *SMALL,
        "benchmark.conditions=ideal,zero_0.07",
        "mp.nproc=2",
        "output.directory=two",
        "benchmark.compare=one/mlindex_benchmark.json",
        cwd=folder,
    )
    assert process.returncode == 0, process.stderr
    one, two = (json.loads((folder / name / "mlindex_benchmark.json").read_text()) for name in ("one", "two"))
    for record in (*one["searches"], *two["searches"]):
        del record["seconds"], record["processor_seconds"]
    assert one["searches"] == two["searches"]
    row = two["comparison"][0]["rows"]["all"]["top_1"]
    assert row == {"both": 2, "only_this": 0, "only_other": 0, "p": 1.0}
    assert "| tP | 2 | 2 | 0 | 0 | 1 | 2 | 0 | 0 | 1 |" in process.stdout
    assert "Compared with one/mlindex_benchmark.json" in (folder / "two" / "mlindex_benchmark.html").read_text()


def test_a_killed_run_goes_on(measured):
    folder, _ = measured
    arguments = ["set.h5", *SMALL, "benchmark.n=4", "benchmark.conditions=ideal", "mp.nproc=1", "output.directory=k"]
    results = folder / "k" / "mlindex_benchmark.jsonl"
    process = subprocess.Popen([*COMMAND, *arguments], cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    while not results.exists() or len(results.read_text().splitlines()) < 1:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    n_before = results.read_text().count("\n")
    again = mlindex_benchmark(*arguments, cwd=folder)
    assert again.returncode == 0, again.stderr
    assert f"{n_before} of 4 searches have been done before" in again.stdout
    assert json.loads((folder / "k" / "mlindex_benchmark.json").read_text())["tables"][0]["rows"]["all"]["n"] == 4


def test_ctrl_c_reports_what_is_done(measured):
    folder, _ = measured
    arguments = ["set.h5", *SMALL, "benchmark.n=6", "benchmark.conditions=ideal", "mp.nproc=1", "output.directory=c"]
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    results = folder / "c" / "mlindex_benchmark.jsonl"
    while not results.exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (130, "")
    summary = json.loads((folder / "c" / "mlindex_benchmark.json").read_text())
    assert 0 < len(summary["searches"]) < summary["n_asked"] == 6
    assert "the same command goes on from there" in (folder / "c" / "mlindex_benchmark.html").read_text()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "nothing to search: name data sets of dials.mlindex_dataset, or set benchmark.open_cases"),
        (["set.h5", "benchmark.conditions=perfect"], "benchmark.conditions=perfect: no such condition; choose"),
        (["set.h5", "benchmark.lattices=xX"], "benchmark.lattices=xX: use all, or any of cF"),
        (["set.h5", "benchmark.lattices=oP"], "the data hold none of these lattices with peaks enough"),
        (["set.h5", "benchmark.compare=set.h5"], "benchmark.compare=set.h5: not a mlindex_benchmark.json"),
        (["benchmark.open_cases=."], "benchmark.open_cases=.: holds no lists of tier_A"),
        (["set.h5", "search.effort=quick", "search.bravais_lattices=xX"], "search.bravais_lattices=xX: not a Bravais"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(measured, monkeypatch, arguments, message):
    folder, _ = measured
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as stopped:
        run([*arguments, "output.directory=bad"])
    assert stopped.value.code.startswith("dials.mlindex_benchmark: ") and message in stopped.value.code
    assert "\n" not in stopped.value.code
    assert not (folder / "bad").exists()
