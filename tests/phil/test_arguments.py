from __future__ import annotations

import io

import pytest

from mlindex_plugin.errors import InputError
from mlindex_plugin.phil import powder_scope
from mlindex_plugin.phil.arguments import parse_arguments


def parse(*args):
    texts = {
        "prog": "program",
        "usage": "program [options] file",
        "description": "Describes.",
        "version": "program 1.2",
    }
    return parse_arguments([str(one) for one in args], powder_scope(), **texts)


@pytest.fixture
def peaks(tmp_path):
    path = tmp_path / "peaks.txt"
    path.write_text("4.1\n3.2\n")
    return path


def test_files_phil_and_assignments_in_any_order(tmp_path, peaks):
    phil = tmp_path / "my.phil"
    phil.write_text("search {\n  seed = 5\n  effort = quick\n}\n")
    other = tmp_path / "other.eff"
    other.write_text("mp.nproc = 3\n")
    arguments = parse("nproc=1", "--phil", other, peaks, "-v", phil, "effort=thorough", "-v")
    assert arguments.files == (str(peaks),)
    assert arguments.verbosity == 2
    params = arguments.params
    assert (params.search.seed, params.search.effort, params.mp.nproc) == (5, "thorough", 1)
    assert arguments.diff == "search {\n  effort = quick normal *thorough\n  seed = 5\n}\nmp {\n  nproc = 1\n}\n"


def test_defaults_differ_in_nothing(peaks):
    assert parse(peaks).diff == ""


def test_phil_from_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("search.seed=9"))
    assert parse("--phil", "-").params.search.seed == 9


def test_a_file_may_have_an_equals_sign_in_its_name(tmp_path):
    path = tmp_path / "T=300K.txt"
    path.write_text("4.1\n")
    assert parse(path).files == (str(path),)


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("serch.seed=1", "serch.seed=1: unknown parameter; -c lists the parameters."),
        ("units=furlong", "units=furlong: not a possible choice for input.units: furlong; possible choices are: "
         "auto, d, two_theta, q, q2."),
        ("nproc=many", 'nproc=many: error interpreting mp.nproc="many": not a number.'),
        ("n_peaks=2", "n_peaks=2: search.n_peaks element is less than the minimum allowed value: 2 < 4."),
        ("wavelength=nan", "wavelength=nan: input.wavelength must be a finite number."),
        ("time_limit=1e999", "time_limit=1e999: search.time_limit must be a finite number."),
        ("seed=None", "seed=None: search.seed needs a value; its default is 0."),
        ("seed=Auto", "seed=Auto: search.seed does not take Auto; its default is 0."),
        ("seed=", "seed=: error interpreting command line argument as parameter definition: missing value for seed."),
        ("--frobnicate", "unrecognized arguments: --frobnicate; program -h lists what is understood."),
        ("missing.txt", "missing.txt: no such file."),
        ("missing.phil", "missing.phil: the PHIL file cannot be read (no such file or directory)."),
    ],
)  # fmt: skip
def test_one_sentence_for(argument, sentence):
    with pytest.raises(InputError) as caught:
        parse(argument)
    assert str(caught.value).lower() == sentence.lower()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"search {\n sead = 5\n}\n", ["bad.phil", "unknown parameter search.sead"]),
        (b"search {\n seed = \n", ["bad.phil"]),
        (b"search.effort = slow\n", ["bad.phil", "slow", "possible choices are: quick, normal, thorough"]),
        (b"\xff\xfe\x00\x81", ["bad.phil", "not text"]),
    ],
)
def test_one_sentence_for_a_phil_file_that_holds(tmp_path, content, words):
    path = tmp_path / "bad.phil"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        parse(path)
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        parse(tmp_path)


def test_show_config_by_attributes_level(capsys):
    with pytest.raises(SystemExit) as caught:
        parse("-c", "-a", "2")
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert "attributes_level = 2" in shown
    assert "n_peaks = Auto" in shown
    assert ".help" in shown and ".type = int(value_min=4, value_max=100" in shown


def test_help_and_version(capsys):
    with pytest.raises(SystemExit) as caught:
        parse("-h")
    assert caught.value.code == 0
    shown = capsys.readouterr().out
    assert (
        shown.startswith("usage: program [options] file") and "bravais_lattices = all" in shown and ".help" not in shown
    )
    with pytest.raises(SystemExit) as caught:
        parse("--version")
    assert caught.value.code == 0
    assert capsys.readouterr().out == "program 1.2\n"
