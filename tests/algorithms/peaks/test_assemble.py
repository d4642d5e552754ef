from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.peaks import PeakList, peaks_from_positions
from mlindex_plugin.errors import InputError


def test_d_spacings_become_ascending_q2():
    peaks = peaks_from_positions([4.0, 2.0, 1.0], "d")
    assert isinstance(peaks, PeakList)
    np.testing.assert_allclose(peaks.q2, [1 / 16, 1 / 4, 1.0])
    assert peaks.unit == "d" and peaks.wavelength is None and not peaks.sigma_measured
    assert len(peaks.notes) == 1 and "No standard errors" in peaks.notes[0]


def test_unsorted_positions_take_their_columns_along():
    peaks = peaks_from_positions([2.0, 4.0, 1.0], "d", sigma=[0.02, 0.04, 0.01], intensity=[20, 40, 10])
    np.testing.assert_allclose(peaks.intensity, [40, 20, 10])
    np.testing.assert_allclose(peaks.sigma, [0.04 * 2 / 64, 0.02 * 2 / 8, 0.02])
    assert peaks.sigma_measured
    assert peaks.notes == ("The positions were not in order of increasing angle and have been sorted.",)


def test_duplicates_keep_the_best_error_and_the_largest_intensity():
    peaks = peaks_from_positions(
        [4.0, 2.0, 2.0, 1.0, 2.0], "d", sigma=[0.01, 0.02, 0.01, 0.01, 0.0], intensity=[1, 7, 5, 1, 2]
    )
    np.testing.assert_allclose(peaks.q2, [1 / 16, 1 / 4, 1.0])
    assert peaks.sigma[1] == pytest.approx(0.01 * 2 / 8)
    assert peaks.intensity[1] == 7
    assert any("2 positions were listed twice" in note for note in peaks.notes)


def test_two_theta_needs_no_more_than_a_wavelength():
    peaks = peaks_from_positions([20.0, 30.0, 40.0], "two_theta", wavelength=1.5406, sigma=[0.01] * 3)
    assert 1 / np.sqrt(peaks.q2[0]) == pytest.approx(4.43598, abs=1e-5)
    assert peaks.wavelength == 1.5406


def test_with_a_wavelength_the_default_errors_are_added_to_those_given():
    default = peaks_from_positions([20.0, 30.0, 40.0], "two_theta", wavelength=1.5406)
    peaks = peaks_from_positions([20.0, 30.0, 40.0], "two_theta", wavelength=1.5406, sigma=[0.015, 0.0, 0.015])
    np.testing.assert_allclose(peaks.sigma / default.sigma, [1.25, 1, 1.25])
    assert not peaks.sigma_measured
    assert any(note.startswith("0.02 degrees in two-theta are added in quadrature") for note in peaks.notes)


def test_a_zero_error_is_replaced_by_the_default():
    peaks = peaks_from_positions([4.0, 2.0, 1.0], "d", sigma=[0.01, 0.0, 0.01])
    default = peaks_from_positions([4.0, 2.0, 1.0], "d")
    assert peaks.sigma[1] == default.sigma[1]
    assert not peaks.sigma_measured
    assert any("1 standard errors of zero" in note for note in peaks.notes)


def test_rounding_is_added_in_quadrature():
    exact = peaks_from_positions([0.1, 0.2, 0.3], "q2", sigma=[3e-4] * 3)
    rounded = peaks_from_positions([0.1, 0.2, 0.3], "q2", sigma=[3e-4] * 3, rounding=4e-4)
    np.testing.assert_allclose(exact.sigma, 3e-4)
    np.testing.assert_allclose(rounded.sigma, 5e-4)


def test_incomplete_intensities_are_left_out():
    peaks = peaks_from_positions([4.0, 2.0, 1.0], "d", intensity=[1, None, 3])
    assert peaks.intensity is None
    assert any("Intensities are not used" in note for note in peaks.notes)


@pytest.mark.parametrize(
    ("positions", "options", "message"),
    [
        ([4.0, 2.0], {}, "2 peaks are too few"),
        ([], {}, "0 peaks are too few"),
        ([4.0, 2.0, 2.0], {}, "2 different peaks are too few"),
        ([4.0, "a", 2.0], {}, "positions must be numbers"),
        ([[4.0, 2.0], [2.0, 1.0]], {}, "one-dimensional"),
        ([4.0, 2.0, 1.0], {"sigma": [0.1, -0.1, 0.1]}, "sigma of position 2 is -0.1"),
        ([4.0, 2.0, 1.0], {"sigma": [0.1, 0.1, np.nan]}, "sigma of position 3 is nan"),
        ([4.0, 2.0, 1.0], {"sigma": [100, 50, 20]}, "sigma = 100 is not below its position 4"),
        ([4.0, 2.0, 1.0], {"sigma": [0.1, 0.1]}, "2 values of sigma do not fit 3 positions"),
        ([4.0, 2.0, 1.0], {"intensity": [1.0]}, "1 values of intensity do not fit 3 positions"),
        ([4.0, 2.0, 1.0], {"wavelength": 0.0}, "wavelength 0.0 is not a positive"),
    ],
)
def test_bad_columns(positions, options, message):
    with pytest.raises(InputError, match=message):
        peaks_from_positions(positions, "d", source="list", **options)


def test_unknown_unit():
    with pytest.raises(InputError, match="list: unknown unit 'nm'; use d, two_theta, q or q2"):
        peaks_from_positions([4.0, 2.0, 1.0], "nm", source="list")
