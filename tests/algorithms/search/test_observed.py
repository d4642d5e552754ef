from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_crystals import WAVELENGTH, peak_list, q2_of

from mlindex_plugin.algorithms.search import observe
from mlindex_plugin.errors import InputError

TWO_THETA = np.array([8.0, 21.0, 47.0, 90.0, 130.0])


@pytest.fixture
def peaks():
    return peak_list(q2_of(TWO_THETA), unit="two_theta", wavelength=WAVELENGTH, source="lines.txt")


@pytest.mark.parametrize("word", ["auto", "refine"])
def test_the_column_is_the_derivative_by_two_theta(peaks, word):
    difference = (q2_of(TWO_THETA + 1e-4) - q2_of(TWO_THETA - 1e-4)) / 2e-4
    np.testing.assert_allclose(observe(peaks, word).shift_column, difference, rtol=1e-6)


def test_a_fixed_zero_shift_is_no_parameter(peaks):
    observed = observe(peaks, "fix")
    assert observed.shift_column.size == 0
    np.testing.assert_array_equal(observed.corrected(0.0), peaks.q2)


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"unit": "d"}, "these are in d"),
        ({"unit": "q", "wavelength": None}, "these are in q"),
        ({"unit": "spots"}, "these are from spots on images"),
        ({"wavelength": None}, r"the wavelength is not known \(input.wavelength\)"),
    ],
)
def test_what_has_no_zero_shift_cannot_have_it_refined(peaks, change, reason):
    other = replace(peaks, **change)
    assert observe(other).shift_column.size == observe(other, "fix").shift_column.size == 0
    sentence = (
        "^lines.txt: search.zero_shift=refine needs positions in two-theta and their wavelength, but "
        f"{reason}; use search.zero_shift=auto.$"
    )
    with pytest.raises(InputError, match=sentence):
        observe(other, "refine")


def test_another_word_is_refused(peaks):
    with pytest.raises(InputError, match="^search.zero_shift=free: use auto, refine or fix.$"):
        observe(peaks, "free")
