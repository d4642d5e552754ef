from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.peaks.columns import Table, choose_positions
from mlindex_plugin.errors import InputError

D = np.array([10.0, 5.0, 3.0])


def two_theta(wavelength):
    return 2 * np.degrees(np.arcsin(wavelength / (2 * D)))


def test_two_theta_comes_before_d_where_there_is_a_wavelength():
    table = Table("list", {"d": D, "two_theta": two_theta(1.54), "sigma": np.full(3, 0.01)}, wavelength=1.54)
    chosen = choose_positions(table, "auto", 1.54)
    assert chosen.unit == "two_theta"
    np.testing.assert_array_equal(chosen.sigma, 0.01)


def test_d_is_used_without_a_wavelength():
    chosen = choose_positions(Table("list", {"d": D, "two_theta": two_theta(1.54)}), "auto", None)
    assert chosen.unit == "d"


def test_the_error_of_d_or_two_theta_is_ambiguous_without_a_wavelength():
    table = Table("list", {"d": D, "two_theta": two_theta(1.54), "sigma": np.full(3, 0.01)})
    with pytest.raises(InputError, match="sigma may belong to either"):
        choose_positions(table, "auto", None)


def test_d_and_two_theta_have_to_agree():
    table = Table("list", {"d": D, "two_theta": two_theta(1.79)}, wavelength=1.54)
    with pytest.raises(InputError, match="disagree at wavelength 1.54"):
        choose_positions(table, "auto", 1.54)


def test_rounded_d_still_agrees():
    table = Table("list", {"d": np.round(D + 0.004, 2), "two_theta": np.round(two_theta(1.54), 2)}, wavelength=1.54)
    assert choose_positions(table, "auto", 1.54).unit == "two_theta"


def test_the_user_chooses_among_named_columns():
    table = Table("list", {"d": D, "two_theta": two_theta(1.54)}, wavelength=1.54)
    assert choose_positions(table, "d", 1.54).unit == "d"
    with pytest.raises(InputError, match="input.units=q contradicts"):
        choose_positions(table, "q", 1.54)


def test_q_2pi_is_converted_with_its_error_and_said():
    table = Table("list", {"q_2pi": 2 * np.pi / D, "sigma": np.full(3, 2 * np.pi * 0.01)})
    chosen = choose_positions(table, "auto", None)
    assert chosen.unit == "q"
    np.testing.assert_allclose(chosen.values, 1 / D)
    np.testing.assert_allclose(chosen.sigma, 0.01)
    assert "The column q_2pi was divided by 2 pi." in chosen.notes


def test_q_is_one_over_d_and_said():
    chosen = choose_positions(Table("list", {"q": 1 / D}), "auto", None)
    np.testing.assert_allclose(chosen.values, 1 / D)
    assert any("call it q_2pi" in note for note in chosen.notes)


def test_an_error_of_its_own_unit_is_preferred_and_that_of_another_is_not_used():
    table = Table("list", {"d": D, "sigma_d": np.full(3, 0.02), "sigma": np.full(3, 9.0)})
    np.testing.assert_array_equal(choose_positions(table, "auto", None).sigma, 0.02)
    other = choose_positions(Table("list", {"d": D, "sigma_q": np.full(3, 0.02)}), "auto", None)
    assert other.sigma is None
    assert "Column sigma_q is not used, since positions are read from d." in other.notes


def test_a_unit_is_asked_for_and_the_values_named():
    with pytest.raises(InputError) as error:
        choose_positions(Table("list.txt", {"position": np.array([2.1, 8.0, 14.6])}), "auto", None)
    assert str(error.value) == (
        "list.txt: cannot tell d from two_theta (values 2.1 to 14.6); add input.units=d or input.units=two_theta."
    )


def test_only_units_that_can_be_are_asked_for():
    with pytest.raises(InputError, match="cannot tell q from q2 .*input.units=q or input.units=q2"):
        choose_positions(Table("list.txt", {"position": np.array([0.004, 0.02, 0.05])}), "auto", None)
