from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.peaks.emission import find_tube


@pytest.mark.parametrize(
    ("wavelength", "anode"),
    [(1.5406, "Cu"), (1.54056, "Cu"), (1.5418, "Cu"), (0.7093, "Mo"), (1.78897, "Co"), (1.2, None), (0.4128, None)],
)
def test_tubes_are_known_by_their_wavelength(wavelength, anode):
    tube = find_tube(wavelength)
    assert (tube.anode if tube else None) == anode


def test_lines_of_one_spacing_lie_at_one_d():
    tube = find_tube(1.5406)
    two_theta = np.array([20.0, 60.0, 100.0])
    d = tube.alpha1 / (2 * np.sin(np.radians(two_theta / 2)))
    np.testing.assert_allclose(tube.alpha2 / (2 * np.sin(np.radians(tube.alpha2_position(two_theta) / 2))), d)
    np.testing.assert_allclose(tube.beta / (2 * np.sin(np.radians(tube.beta_position(two_theta) / 2))), d)


def test_a_line_near_backscattering_has_no_partner():
    assert find_tube(1.5406).alpha2_position(179.0) == 180.0
