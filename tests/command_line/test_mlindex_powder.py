from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from cctbx import uctbx
from powder_command import COMMAND, MONOCLINIC, TETRAGONAL, mlindex_powder, names, write_lines
from real_commands import ENVIRONMENT, REPOSITORY

RESULTS = ["dials.mlindex_powder.log", "mlindex_powder.html", "mlindex_powder.json"]


@pytest.fixture
def tetragonal(tmp_path):
    return write_lines(tmp_path / "lines.txt", TETRAGONAL, "P 4/m m m")


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    """One run on the lines of a tetragonal cell, for several tests that only look."""
    folder = tmp_path_factory.mktemp("solved")
    write_lines(folder / "lines.txt", TETRAGONAL, "P 4/m m m")
    (folder / "my.phil").write_text("search {\n  bravais_lattices = tP tI oP\n  seed = 4\n}\n")
    process = mlindex_powder("units=d", "my.phil", "lines.txt", "output.directory=results", "nproc=1", cwd=folder)
    return folder, process


def test_the_cell_is_found_and_every_file_written(solved):
    folder, process = solved
    assert process.returncode == 0, process.stderr
    summary = json.loads((folder / "results" / "mlindex_powder.json").read_text())
    best = summary["solutions"][0]
    assert best["rank"] == 1 and best["bravais_lattice"] == "tP"
    assert best["unit_cell"] == pytest.approx(TETRAGONAL, rel=1e-4)
    assert best["n_indexed"] == best["n_peaks"]
    leading = min(5, len(summary["solutions"]))
    assert names(folder / "results") == [*RESULTS, *(f"small_cell_{rank + 1}.phil" for rank in range(leading))]
    assert names(folder) == ["lines.txt", "my.phil", "results"]


def test_phil_file_and_assignments_reach_the_search(solved):
    summary = json.loads((solved[0] / "results" / "mlindex_powder.json").read_text())
    assert summary["search"]["lattices_searched"] and set(summary["search"]["lattices_searched"]) <= {"tP", "tI", "oP"}
    assert summary["seed"] == 4
    assert summary["input"]["files"] == ["lines.txt"]
    assert set(summary["parameters_modified"]) == {"input.units", "search.bravais_lattices", "search.seed"}


def test_screen_and_log_show_the_same(solved):
    folder, process = solved
    log = (folder / "results" / "dials.mlindex_powder.log").read_text()
    assert "The following parameters have been modified:\n\ninput {\n  units = auto *d two_theta q q2\n}" in log
    table = log[log.index("#  prob.  lattice") :].splitlines()
    words = table[2].split()
    assert words[:2] == ["1", "0.95"]
    assert words[2:9] == ["tP", "5.1200", "5.1200", "8.3700", "90", "90", "90"]
    assert max(map(len, table[:3])) <= 120
    assert re.search(
        r"^Cell 1 with standard errors: 5\.12\d+\(\d+\) 5\.12\d+\(\d+\) 8\.37\d*\(\d+\) 90 90 90$", log, re.M
    )
    assert "as good as its calibration: a relative error of 0.001 in wavelength or detector distance" in log
    assert process.stdout == log
    assert process.stderr == ""


def test_the_same_seed_gives_the_same_summary_for_one_and_two_processes(tmp_path):
    write_lines(tmp_path / "lines.txt", MONOCLINIC, "P 1 2 1")
    texts = []
    for nproc in (1, 2):
        process = mlindex_powder(
            "lines.txt", "units=d", "effort=quick", "seed=11", f"nproc={nproc}", f"output.directory=n{nproc}",
            "bravais_lattices=oP mC mP", cwd=tmp_path,
        )  # fmt: skip
        assert process.returncode == 0, process.stderr
        summary = json.loads((tmp_path / f"n{nproc}" / "mlindex_powder.json").read_text())
        assert summary.pop("timings")["nproc"] == nproc
        texts.append(json.dumps(summary))
    assert texts[0] == texts[1]
    best = json.loads(texts[0])["solutions"][0]
    assert best["bravais_lattice"] == "mP" and best["volume"] == pytest.approx(
        uctbx.unit_cell(MONOCLINIC).volume(), 1e-3
    )


def test_the_shipped_stills_give_their_cell_and_show_their_pattern(tmp_path):
    pytest.importorskip("dials")
    example = REPOSITORY / "tests" / "data" / "mithrene_stills"
    process = mlindex_powder(example.with_suffix(".refl"), example.with_suffix(".expt"), "effort=quick", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    summary = json.loads((tmp_path / "mlindex_powder.json").read_text())
    best = summary["solutions"][0]
    assert best["bravais_lattice"] == "mP"
    assert best["volume"] == pytest.approx(1261.9, rel=1e-3)
    truth = uctbx.unit_cell((5.93, 7.32, 29.2, 90, 95.4, 90)).niggli_cell()
    found = uctbx.unit_cell(best["niggli_cell"])
    assert found.similarity_transformations(truth, relative_length_tolerance=0.01, absolute_angle_tolerance=1).size()
    assert summary["input"]["unit"] == "spots" and summary["input"]["sigma_measured"]
    assert '"pattern": {' in (tmp_path / "mlindex_powder.html").read_text()


def test_help_config_and_version(tmp_path):
    shown = mlindex_powder("-c", cwd=tmp_path)
    assert shown.returncode == 0
    for name in (
        "units",
        "wavelength",
        "file_list",
        "bravais_lattices",
        "n_peaks",
        "effort",
        "seed",
        "time_limit",
        "max_volume",
    ):
        assert f"  {name} = " in shown.stdout
    assert "output {\n  directory = .\n}" in shown.stdout
    assert "Exit status: 0" in mlindex_powder("-h", cwd=tmp_path).stdout
    assert mlindex_powder("--version", cwd=tmp_path).stdout.startswith("dials.mlindex_powder ")
    assert names(tmp_path) == []


def test_the_dispatcher_comment_is_where_libtbx_looks():
    from mlindex_plugin.command_line import mlindex_powder as module

    assert b"# LIBTBX_SET_DISPATCHER_NAME dials.mlindex_powder\n" in Path(module.__file__).read_bytes()[:1000]


BAD = {
    "nothing": ([], "no input: name .expt and .refl files, or a peak list or pattern"),
    "unknown parameter": (["lines.txt", "search.sead=1"], "search.sead=1: unknown parameter"),
    "bad value": (["lines.txt", "effort=heroic"], "possible choices are: quick, normal, thorough"),
    "unknown unit": (["lines.txt", "units=furlong"], "possible choices are: auto, d, two_theta, q, q2"),
    "missing file": (["absent.txt"], "absent.txt: no such file."),
    "missing PHIL file": (["lines.txt", "absent.phil"], "absent.phil: the PHIL file cannot be read"),
    "a list without names": (["file_list=blank.txt"], "input.file_list=blank.txt: names no file"),
    "a list that is not there": (["file_list=absent.txt"], "input.file_list=absent.txt: cannot be read"),
    "a batch without a lattice": (["lines.txt", "more.txt", "bravais_lattices=xQ"], "xQ"),
    "a queue without its package or a number": (["lines.txt", "units=d", "method=slurm"], "mp.method=slurm needs"),
    "a method that is none": (["lines.txt", "units=d", "method=condor"], "possible choices are: multiprocessing, mpi"),
    "no process": (["lines.txt", "units=d", "nproc=0"], "nproc=0"),
    "less than no process": (["lines.txt", "units=d", "mp.nproc=-1"], "mp.nproc=-1"),
    "spots and a peak list": (
        ["a.expt", "a.refl", "lines.txt"],
        "lines.txt: a peak list or pattern cannot be combined",
    ),
    "expt without refl": (["a.expt"], "a.expt"),
    "not a lattice": (["lines.txt", "units=d", "bravais_lattices=xQ"], "xQ"),
    "folder below a file": (["lines.txt", "units=d", "output.directory=lines.txt/results"], "cannot be written"),
    "folder is a file": (["lines.txt", "units=d", "output.directory=lines.txt"], "cannot be written"),
    "no models": (["lines.txt", "units=d", "model.directory=models"], "models/manifest.json: cannot be read"),
    "too few peaks": (["few.txt", "units=d"], ""),
    "NaN": (["nan.txt", "units=d"], "nan.txt"),
    "negative": (["negative.txt", "units=d"], "negative.txt"),
    "2theta without wavelength": (["lines.txt", "units=two_theta"], "wavelength"),
    "no unit": (["bare.txt"], "input.units"),
    "a zero shift of d": (
        ["lines.txt", "units=d", "zero_shift=refine"],
        "lines.txt: search.zero_shift=refine needs positions in two-theta and their wavelength, but these are in d",
    ),
    "another zero shift": (["lines.txt", "units=d", "zero_shift=free"], "possible choices are: auto, refine, fix"),
    "no error of scale": (["lines.txt", "units=d", "scale_error=0"], "scale_error"),
}


@pytest.fixture
def bad_files(tmp_path, tetragonal):
    (tmp_path / "more.txt").write_text(tetragonal.read_text())
    (tmp_path / "blank.txt").write_text("# nothing\n\n")
    (tmp_path / "few.txt").write_text("4.1\n3.2\n")
    (tmp_path / "nan.txt").write_text("4.1\nnan\n3.2\n2.2\n2.1\n")
    (tmp_path / "negative.txt").write_text("4.1\n-3.2\n2.2\n2.1\n")
    (tmp_path / "bare.txt").write_text("3.1\n3.9\n4.4\n5.2\n6.0\n6.5\n7.2\n")
    (tmp_path / "a.expt").write_text("{}")
    (tmp_path / "a.refl").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_no_file(case, bad_files):
    arguments, words = BAD[case]
    before = names(bad_files)
    process = mlindex_powder(*arguments, cwd=bad_files)
    assert process.returncode == 1
    lines = process.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("dials.mlindex_powder: ") and words in lines[0], process.stderr
    assert names(bad_files) == before


def test_the_folder_is_checked_before_the_search(tetragonal):
    """A system folder that not even root can write: the sentence comes without the search having run."""
    process = mlindex_powder(
        tetragonal, "units=d", "output.directory=/proc/results", "effort=thorough", cwd=tetragonal.parent
    )
    assert process.returncode == 1
    assert "output.directory=/proc/results cannot be written" in process.stderr
    assert "#  lattice" not in process.stdout


def test_no_cell_found_is_said_and_written(tmp_path):
    """Twenty lines without a lattice, searched as cubic only."""
    d = [round(14.0 / (1 + 0.37 * k + 0.051 * (k * k % 7)), 4) for k in range(20)]
    (tmp_path / "lines.txt").write_text("".join(f"{value}\n" for value in d))
    process = mlindex_powder("lines.txt", "units=d", "bravais_lattices=cF", "max_volume=200", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    assert "No cell was found" in process.stdout
    assert json.loads((tmp_path / "mlindex_powder.json").read_text())["solutions"] == []
    assert "No cell found" in (tmp_path / "mlindex_powder.html").read_text()
    assert names(tmp_path) == sorted([*RESULTS, "lines.txt"])


def test_a_time_limit_is_said(tmp_path):
    write_lines(tmp_path / "lines.txt", (6.1, 7.3, 9.9, 83.1, 101.7, 95.2), "P 1")
    process = mlindex_powder("lines.txt", "units=d", "effort=thorough", "time_limit=1", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    assert "cut by search.time_limit" in process.stdout
    assert json.loads((tmp_path / "mlindex_powder.json").read_text())["search"]["stopped"] == "time_limit"


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's here")
@pytest.mark.parametrize("nproc", [1, 2])
def test_ctrl_c_in_mid_search_writes_the_best_so_far(tmp_path, nproc):
    write_lines(tmp_path / "lines.txt", (6.1, 7.3, 9.9, 83.1, 101.7, 95.2), "P 1")
    process = subprocess.Popen(
        [*COMMAND, "lines.txt", "units=d", "effort=thorough", f"nproc={nproc}"],
        cwd=tmp_path, env=ENVIRONMENT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    log = tmp_path / "dials.mlindex_powder.log"  # there from the moment the search begins
    deadline = time.monotonic() + 60
    while not log.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.5)
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does: to every process of the group
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, (stdout, stderr)
    assert "Traceback" not in stderr
    assert "interrupted" in stdout
    summary = json.loads((tmp_path / "mlindex_powder.json").read_text())
    assert summary["search"]["stopped"] == "interrupted"
    assert (tmp_path / "mlindex_powder.html").exists()


def test_a_reader_that_leaves_costs_no_file(tetragonal, tmp_path):
    command = " ".join(map(str, [*COMMAND, "lines.txt", "units=d", "bravais_lattices=tP", "nproc=1"]))
    process = subprocess.run(
        f"{command} | head -1", shell=True, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=300
    )
    assert process.stderr == ""
    assert set(RESULTS) <= set(names(tmp_path))
