from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.peaks.units import check_positions, check_unit, column_name, sigma_to_q2, to_q2
from mlindex_plugin.errors import InputError

WAVELENGTH = 1.5406
D = np.array([10.0, 4.0, 2.0, 1.2])
IN_UNIT = {
    "d": D,
    "two_theta": 2 * np.degrees(np.arcsin(WAVELENGTH / (2 * D))),
    "q": 1 / D,
    "q2": 1 / D**2,
}


@pytest.mark.parametrize("unit", IN_UNIT)
def test_every_unit_gives_the_same_q2(unit):
    np.testing.assert_allclose(to_q2(IN_UNIT[unit], unit, WAVELENGTH), 1 / D**2, rtol=1e-12)


@pytest.mark.parametrize("unit", IN_UNIT)
def test_errors_are_propagated_with_the_derivative(unit):
    x, step = IN_UNIT[unit], 1e-6
    slope = (to_q2(x + step, unit, WAVELENGTH) - to_q2(x - step, unit, WAVELENGTH)) / (2 * step)
    sigma = np.full(len(x), 0.01)
    np.testing.assert_allclose(sigma_to_q2(sigma, x, unit, WAVELENGTH), np.abs(slope) * 0.01, rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("d", "d"),
        ("d-spacing [Å]", "d"),
        ("2Theta", "two_theta"),
        ("2-theta (deg)", "two_theta"),
        ("two_theta", "two_theta"),
        ("tth", "two_theta"),
        ("2θ", "two_theta"),
        ("Pos. [°2Th.]", "two_theta"),
        ("q", "q"),
        ("q2", "q2"),
        ("1/d^2", "q2"),
        ("q_2pi", "q_2pi"),
        ("esd", "sigma"),
        ("Error", "sigma"),
        ("sigma_d", "sigma_d"),
        ("two_theta_err", "sigma_two_theta"),
        ("I", "intensity"),
        ("Height [cts]", "intensity"),
        ("counts", "intensity"),
        ("fwhm", None),
        ("hkl", None),
    ],
)
def test_column_names(text, kind):
    assert column_name(text, "list.txt") == kind


@pytest.mark.parametrize("text", ["d (nm)", "q [1/nm]", "2theta (rad)"])
def test_columns_in_foreign_units_are_refused(text):
    with pytest.raises(InputError, match="not in angstrom or degrees"):
        column_name(text, "list.txt")


@pytest.mark.parametrize(
    ("values", "unit", "wavelength", "message"),
    [
        ([3.0, np.nan], "d", None, r"position 2 \(nan\) is not a finite number"),
        ([3.0, 0.0], "d", None, r"position 2 \(0\) is not positive"),
        ([-1.0, 3.0], "q2", None, r"position 1 \(-1\) is not positive"),
        ([10.0, 20.0], "two_theta", None, "input.wavelength=1.5406"),
        ([10.0, 200.0], "two_theta", 1.54, "not below 180"),
        ([10.0, 30.0], "q", None, "correct input.units"),
        ([3.0, 4.0], "d", -1.0, "wavelength -1"),
    ],
)
def test_positions_that_cannot_be(values, unit, wavelength, message):
    with pytest.raises(InputError, match=message) as error:
        check_positions(np.array(values), unit, wavelength, "list.txt")
    assert str(error.value).startswith("list.txt: ")


def test_d_beyond_the_ewald_sphere_is_no_error():
    check_positions(np.array([5.0, 0.6]), "d", 1.5406, "list.txt")


@pytest.mark.parametrize(("unit", "hint"), [("twotheta", "use d"), ("q_2pi", "divide by 2 pi")])
def test_unknown_units(unit, hint):
    with pytest.raises(InputError, match=hint):
        check_unit(unit, "peaks")
