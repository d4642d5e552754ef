from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import voigt_profile

from mlindex_plugin.algorithms.simulate.calculated_pattern import BETA_0, BETA_1
from mlindex_plugin.algorithms.simulate.whole_pattern import PatternConditions, draw_parameters
from mlindex_plugin.algorithms.simulate.whole_pattern.profile import add_lines, line_widths

STEP = 0.01
GRID = np.arange(0, 8501) * STEP + 5.0
PLAIN = draw_parameters(PatternConditions(), np.random.default_rng(0))


def profile(position, area, fwhm, eta):
    pattern = np.zeros(len(GRID))
    columns = (np.atleast_1d(np.asarray(value, float)) for value in (position, area, fwhm, eta))
    add_lines(pattern, GRID, *columns)
    return pattern


def width_at_half_height(pattern):
    top = pattern.argmax()
    half = pattern[top] / 2
    left = np.interp(half, pattern[: top + 1], GRID[: top + 1])
    right = np.interp(-half, -pattern[top:], GRID[top:])
    return right - left


@pytest.mark.parametrize("eta", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("fwhm", [0.02, 0.1, 0.6])
def test_area_place_and_width(eta, fwhm):
    pattern = profile(40.0033, 7.0, fwhm, eta)
    assert pattern.sum() * STEP == pytest.approx(7.0, rel=5e-3 if fwhm == 0.02 else 1e-4)
    assert (pattern * GRID).sum() / pattern.sum() == pytest.approx(40.0033, abs=2e-3)
    assert width_at_half_height(pattern) == pytest.approx(fwhm, rel=0.02 if fwhm > 0.05 else 0.2)


def test_lorentzian_tails():
    x = abs(GRID - 40)
    pattern = profile(40.0, 1.0, 0.1, 1.0)
    near = x < 2
    # The truncated tails' 1.3 % is spread over the rest.
    expected = 0.05 / np.pi / (x**2 + 0.05**2)
    np.testing.assert_allclose(pattern[near] / expected[near], 1.0129, rtol=1e-3)
    assert pattern[x > 2.51].max() == 0


def test_a_line_beyond_the_end_reaches_into_the_pattern():
    pattern = profile(90.2, 1.0, 0.4, 0.5)
    assert pattern[-1] > 0.5 * profile(89.8, 1.0, 0.4, 0.5)[-1] > 0
    assert profile(4.0, 1.0, 0.1, 0.0).max() == 0


def test_caglioti_width():
    parameters = replace(PLAIN, u=0.01, v=-0.004, w=0.008)
    fwhm, eta = line_widths(np.array([20.0, 90.0]), 1.54, parameters)
    tangent = np.tan(np.radians([10.0, 45.0]))
    np.testing.assert_allclose(fwhm**2, 0.01 * tangent**2 - 0.004 * tangent + 0.008)
    np.testing.assert_allclose(eta, 0, atol=1e-12)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_scherrer_width_whatever_the_shape(eta):
    parameters = replace(PLAIN, crystallite_size=50.0, eta=eta)
    fwhm, shape = line_widths(np.array([30.0, 80.0]), 1.5406, parameters)
    # 0.9 * 1.5406 Å / (500 Å cos θ) = 0.1589 degrees / cos θ
    np.testing.assert_allclose(fwhm, 0.158886 / np.cos(np.radians([15.0, 40.0])), rtol=3e-3)
    np.testing.assert_allclose(shape, eta, atol=4e-3)


def test_breadth_of_serial_stills_is_that_of_the_peak_lists():
    q2 = np.array([0.01, 0.2])
    two_theta = 2 * np.degrees(np.arcsin(1.5406 * np.sqrt(q2) / 2))
    fwhm, _ = line_widths(two_theta, 1.5406, replace(PLAIN, serial_breadth=1.0))
    half = fwhm / 2.354820 / 2
    ends = [(2 * np.sin(np.radians((two_theta + side * half) / 2)) / 1.5406) ** 2 for side in (-1, 1)]
    np.testing.assert_allclose(ends[1] - ends[0], BETA_0 + BETA_1 * q2, rtol=1e-3)


def test_width_and_shape_are_those_of_the_convolution():
    # Instrument and crystallites, both half Lorentzian; scipy's Voigt profile as the independent check.
    parameters = replace(PLAIN, w=0.01, crystallite_size=80.0, eta=0.5)
    fwhm, eta = line_widths(np.array([40.0]), 1.5406, parameters)
    instrument, size = 0.1, line_widths(np.array([40.0]), 1.5406, replace(PLAIN, crystallite_size=80.0))[0][0]
    gaussian, lorentzian = 0.7523, 0.4226  # of a pseudo-Voigt of width 1 and eta 0.5
    x = np.arange(-4000, 4001) * 1e-3
    sigma = gaussian * np.hypot(instrument, size) / 2.354820
    voigt = voigt_profile(x, sigma, lorentzian * (instrument + size) / 2)
    assert fwhm[0] == pytest.approx(2 * np.interp(-voigt.max() / 2, -voigt[4000:], x[4000:]), rel=0.01)
    t = 2 * x / fwhm[0]
    pseudo = eta[0] * 2 / np.pi / (1 + t**2) + (1 - eta[0]) * 2 * np.sqrt(np.log(2) / np.pi) * 2 ** -(t**2)
    assert np.abs(pseudo / fwhm[0] - voigt).max() < 0.015 * voigt.max()
