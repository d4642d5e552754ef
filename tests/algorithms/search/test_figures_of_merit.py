from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.search import de_wolff, reversed_de_wolff, smith_snyder


def test_de_wolff_by_hand():
    obs = np.array([0.01, 0.02, 0.04])
    assert de_wolff(obs, obs + [1e-5, -2e-5, 3e-5], 4) == pytest.approx(0.04 / (2 * 2e-5 * 4))


def test_smith_snyder_by_hand():
    obs = np.array([10.0, 20.0, 30.0])
    calc = obs + [0.01, -0.02, 0.03]

    def q2(two_theta):
        return (2 * np.sin(np.radians(two_theta / 2)) / 1.54) ** 2

    assert smith_snyder(q2(obs), q2(calc), 5, 1.54) == pytest.approx(3 / (0.02 * 5))


def test_there_is_no_smith_snyder_without_a_wavelength_or_beyond_it():
    q2 = np.array([0.01, 0.02])
    assert smith_snyder(q2, q2, 2, None) is None
    assert smith_snyder(q2, q2, 2, 20.0) is None


def test_an_exact_list_has_finite_figures():
    q2 = np.array([0.01, 0.02])
    assert np.isfinite(de_wolff(q2, q2, 2))
    assert np.isfinite(smith_snyder(q2, q2, 2, 1.54))


def test_reversed_merit_falls_where_predicted_lines_are_missing():
    q2_obs = np.array([1.0, 2.0, 3.0, 4.0])
    assert reversed_de_wolff(q2_obs, q2_obs + 0.01) == pytest.approx(4 / (2 * 0.01 * 4))
    # every second line is missing, half a unit from the nearest peak
    assert reversed_de_wolff(q2_obs, np.arange(1, 4.1, 0.5)) == pytest.approx(4 / (2 * 1.5 / 7 * 4))
    assert reversed_de_wolff(q2_obs, q2_obs) > 1e6
