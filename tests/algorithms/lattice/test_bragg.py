from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.lattice import q2_from_two_theta, two_theta_from_q2


def test_silicon_111_of_copper():
    d = 5.431020 / np.sqrt(3)
    assert two_theta_from_q2(d**-2, 1.5405929) == pytest.approx(28.442, abs=1e-3)  # NIST SRM 640
    assert q2_from_two_theta(28.442, 1.5405929) == pytest.approx(d**-2, rel=1e-4)


def test_they_are_inverse_for_an_array_of_wavelengths():
    two_theta = np.array([[0.5, 60.0, 179.0], [2.0, 90.0, 120.0]])
    wavelength = np.array([[1.54], [0.71]])
    found = two_theta_from_q2(q2_from_two_theta(two_theta, wavelength), wavelength)
    np.testing.assert_allclose(found, two_theta, rtol=1e-9)


def test_beyond_the_ewald_sphere_there_is_no_angle():
    assert np.isnan(two_theta_from_q2(np.array([1.0, 4.1]), 1.0)).tolist() == [False, True]
