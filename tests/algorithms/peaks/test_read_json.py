from __future__ import annotations

import json

import numpy as np
import pytest

from mlindex_plugin.algorithms.peaks.read_json import read_json
from mlindex_plugin.errors import InputError


def test_every_column_of_the_peaks():
    peaks = [{"d": 4.0, "sigma": 0.01, "intensity": 5, "fwhm": 1}, {"d": 3.0, "sigma": 0.02, "intensity": 7, "fwhm": 1}]
    table = read_json(json.dumps({"wavelength": None, "peaks": peaks}), "a.json")
    assert set(table.columns) == {"d", "sigma", "intensity"}
    np.testing.assert_array_equal(table.columns["d"], [4.0, 3.0])
    assert table.wavelength is None and table.from_text


def test_flagged_peaks_are_left_out_with_a_note():
    peaks = [{"d": 4.0}, {"d": 3.5, "flag": "Cu_Kbeta_suspect"}, {"d": 3.0, "flag": None}]
    table = read_json(json.dumps({"wavelength": 1.5406, "peaks": peaks}), "a.json")
    np.testing.assert_array_equal(table.columns["d"], [4.0, 3.0])
    assert table.notes == ("1 flagged peaks were left out (Cu_Kbeta_suspect).",)
    assert table.wavelength == 1.5406


def test_a_missing_error_is_unknown_and_a_missing_intensity_is_not_a_number():
    peaks = [{"d": 4.0, "sigma": 0.01, "intensity": 5}, {"d": 3.0, "sigma": None}, {"d": 2.0}]
    columns = read_json(json.dumps({"peaks": peaks}), "a.json").columns
    np.testing.assert_array_equal(columns["sigma"], [0.01, 0, 0])
    np.testing.assert_array_equal(columns["intensity"], [5, np.nan, np.nan])


def test_bare_numbers_have_no_unit():
    assert list(read_json('{"peaks": [4.0, 3.0, 2]}', "a.json").columns) == ["position"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"peaks": [{"d": 4.0}, {"d": 3', "not valid JSON at line 1; it may be cut off"),
        ("[1, 2, 3]", "no list called peaks"),
        ('{"lines": []}', "no list called peaks"),
        ('{"peaks": []}', "list called peaks is empty"),
        ('{"peaks": [{"d": 4.0}, 3]}', "peak 2 is not an object"),
        ('{"peaks": [{"d": 4.0}, {"two_theta": 30}]}', "no position in common"),
        ('{"peaks": [{"d": 4.0}, {"d": "3.0"}]}', "d of peak 2 is '3.0', not a number"),
        ('{"peaks": [{"d": 4.0}, {"d": null}]}', "d of peak 2 is None, not a number"),
        ('{"peaks": [{"d": 4.0}], "wavelength": "Cu"}', "wavelength 'Cu' is not a number"),
        ('{"peaks": [{"d": 4.0, "flag": "x"}]}', "every peak has a flag"),
    ],
)
def test_bad_json(text, message):
    with pytest.raises(InputError, match=f"a.json: .*{message}"):
        read_json(text, "a.json")
