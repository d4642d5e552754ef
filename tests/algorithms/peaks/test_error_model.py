from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.peaks.error_model import default_sigma, default_sigma_two_theta, rounding_sigma
from mlindex_plugin.algorithms.peaks.units import to_q2


def test_laboratory_lists_are_known_to_two_hundredths_of_a_degree():
    two_theta = np.array([10.0, 30.0, 80.0])
    shifted = to_q2(two_theta + 0.02, "two_theta", 1.5406) - to_q2(two_theta, "two_theta", 1.5406)
    sigma = default_sigma(to_q2(two_theta, "two_theta", 1.5406), 1.5406)
    np.testing.assert_allclose(sigma, shifted, rtol=2e-3)


def test_the_error_in_angle_shrinks_with_the_wavelength():
    assert default_sigma_two_theta(0.7703) == pytest.approx(0.01)
    assert default_sigma_two_theta(2.29) == 0.02


def test_the_error_stays_positive_beyond_the_ewald_sphere():
    q2 = np.array([0.5, 1.5, 3.0])  # 3.0 is d = 0.577, less than half the wavelength
    sigma = default_sigma(q2, 1.5406)
    assert np.all(sigma > 0)
    assert sigma[1] == pytest.approx(sigma[2])


def test_without_a_wavelength_the_error_is_constant_in_q():
    q = np.linspace(0.04, 0.32, 20)
    np.testing.assert_allclose(default_sigma(q**2, None), 2 * q * 0.001 * np.median(q), rtol=1e-12)


def test_lines_beyond_the_twentieth_do_not_change_the_error():
    q = np.linspace(0.04, 0.32, 20)
    longer = np.append(q, [0.5, 0.6, 0.7])
    np.testing.assert_allclose(default_sigma(longer**2, None)[:20], default_sigma(q**2, None))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([3.12, 4.5, 7.0], 0.005 / np.sqrt(3)), ([3.0, 4.0], 0.5 / np.sqrt(3)), ([1e-5, 0.002], 0.5e-5 / np.sqrt(3))],
)
def test_rounding_follows_the_most_precise_number(values, expected):
    assert rounding_sigma(np.array(values)) == pytest.approx(expected)
