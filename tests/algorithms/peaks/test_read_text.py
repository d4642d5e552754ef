from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.peaks.read_text import read_columns, read_gsas_peaks
from mlindex_plugin.errors import InputError


def columns_of(text):
    return read_columns(text, "list.txt").columns


def test_one_column_without_a_name():
    table = read_columns("4.0\n3.0\n\n2.5\n", "list.txt")
    assert list(table.columns) == ["position"]
    np.testing.assert_array_equal(table.columns["position"], [4.0, 3.0, 2.5])
    assert table.wavelength is None and table.from_text


def test_two_columns_without_names_are_positions_and_intensities():
    columns = columns_of("4.0 100\n3.0 50\n2.5 10\n")
    assert list(columns) == ["position", "intensity"]


@pytest.mark.parametrize(
    "text",
    [
        "d sigma I\n4.0 0.01 100\n3.0 0.02 50\n",
        "d,sigma,I\n4.0,0.01,100\n3.0,0.02,50\n",
        "d, sigma, I\n4.0, 0.01, 100\n3.0, 0.02, 50\n",
        "d;esd;counts\n4,0;0,01;100\n3,0;0,02;50\n",
        "d\terror\tintensity\n4.0\t0.01\t100\n3.0\t0.02\t50\n",
        "# made by hand\n# d sigma intensity\n4.0 0.01 100\n# half way\n3.0 0.02 50\n",
        "! a list\nd-spacing (A)  e.s.d.  Rel.Int.\n4.0 0.01 100\n3.0 0.02 50\n",
    ],
)
def test_names_and_delimiters(text):
    columns = columns_of(text)
    assert list(columns) == ["d", "sigma", "intensity"]
    np.testing.assert_array_equal(columns["d"], [4.0, 3.0])
    np.testing.assert_array_equal(columns["sigma"], [0.01, 0.02])
    np.testing.assert_array_equal(columns["intensity"], [100, 50])


@pytest.mark.parametrize("header", ["2theta I", "2 Theta  I", "2-theta (deg) I", "2θ I", "# tth counts"])
def test_ways_to_write_two_theta(header):
    columns = columns_of(f"{header}\n10.5 100\n20.5 50\n")
    assert list(columns) == ["two_theta", "intensity"]
    np.testing.assert_array_equal(columns["two_theta"], [10.5, 20.5])


def test_unknown_columns_are_kept_apart():
    columns = columns_of("h k l d fwhm\n1 0 0 4.0 0.1\n1 1 0 3.0 0.1\n")
    np.testing.assert_array_equal(columns["d"], [4.0, 3.0])
    assert "sigma" not in columns and "intensity" not in columns


def test_a_word_in_a_comment_is_no_header():
    assert list(columns_of("# sample d\n4.0 100\n3.0 50\n")) == ["position", "intensity"]


@pytest.mark.parametrize(
    "comments",
    [
        "# 2theta wavelength = 1.5406",
        "# 2theta, wavelength 1.5406 Å",
        "# 2-theta (deg) (lambda = 1.5406 A)",
        "# 2theta intensity wavelength = 1.5406",
        "# wavelength = 1.5406\n# 2theta",
        "# wavelength = 1.5406\n# 2theta intensity",
    ],
)
def test_one_comment_may_hold_unit_and_wavelength(comments):
    table = read_columns(f"{comments}\n10.0 3\n20.0 4\n", "list.txt")
    assert table.wavelength == 1.5406
    assert {name: values.tolist() for name, values in table.columns.items()} == {
        "two_theta": [10, 20],
        "intensity": [3, 4],
    }


@pytest.mark.parametrize("comment", ["# d wavelength", "# angles in 2theta wavelength = 1.5406", "# see q"])
def test_a_sentence_names_no_column(comment):
    assert list(read_columns(f"{comment}\n10.0 3\n20.0 4\n", "list.txt").columns) == ["position", "intensity"]


@pytest.mark.parametrize("comment", ["# wavelength = 1.5406", "# Wavelength (A): 1.5406", "! lambda 1.5406"])
def test_the_wavelength_in_a_comment(comment):
    assert read_columns(f"{comment}\n2theta\n10.0\n20.0\n", "list.txt").wavelength == 1.5406


def test_a_nan_is_read_as_such():
    assert np.isnan(columns_of("d\n4.0\nNaN\n3.0\n")["d"][1])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello\nworld\n", "list.txt: holds no numbers"),
        ("# d\n", "list.txt: holds no numbers"),
        ("4.0\n3.0\nabc\n", "line 3: 'abc' is not a number"),
        ("d I\n4.0 10\n3.0 x\n", "line 3: 'x' is not a number"),
        ("4.0 1\n3.0\n", "line 2 has 1 columns where the first has 2"),
        ("d\n4.0 1\n3.0 2\n", "1 columns are named but 2 follow"),
        ("4.0 0.1 100\n3.0 0.1 50\n", "has 3 columns without names; add a first line such as: d sigma intensity"),
        ("4,01 100\n3,02 50\n", "line 1 mixes commas and blanks"),
        ("d;I\n4,01;100.5\n3,02;50\n", "points and with commas"),
        ("d d\n4.0 4.0\n3.0 3.0\n", "two columns of d"),
    ],
)
def test_bad_text(text, message):
    with pytest.raises(InputError, match=message):
        read_columns(text, "list.txt")


GSAS = """#GSAS-II PWDR peaks list file; do not add/delete items!
[12.3456, True, 1050.5, True, 0.85, False, 1.2, False]
[np.float64(15.01), False, np.float64(88.0), True, 0.85, False, 1.2, False]

[20.5, 0, 310.0, 1, 0.85, 0, 1.2, 0]
"""


def test_gsas_peaks():
    table = read_gsas_peaks(GSAS, "a.pkslst")
    np.testing.assert_array_equal(table.columns["two_theta"], [12.3456, 15.01, 20.5])
    np.testing.assert_array_equal(table.columns["intensity"], [1050.5, 88.0, 310.0])
    assert table.wavelength is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[12.3, True, 10.0", "line 2 is not a GSAS-II peak"),
        ("__import__('os').getcwd()", "line 2 is not a GSAS-II peak"),
        ("[12.3, True]", "line 2 is not a GSAS-II peak"),
        ("['x', True, 10.0, True]", "line 2 is not a GSAS-II peak"),
        (str([12345.6, 0] * 6), "line 2 is a time-of-flight peak"),
    ],
)
def test_bad_gsas_peaks(line, message):
    with pytest.raises(InputError, match=message):
        read_gsas_peaks(f"#GSAS-II PWDR peaks list\n{line}\n", "a.pkslst")


def test_a_gsas_list_without_peaks():
    with pytest.raises(InputError, match="a.pkslst: holds no peaks"):
        read_gsas_peaks("#GSAS-II PWDR peaks list file\n", "a.pkslst")
