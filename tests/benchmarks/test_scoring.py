from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from cctbx import sgtbx, uctbx
from scoring import STRICT, niggli_cell, rank_of_truth, same_lattice, wilson_interval


def test_niggli_volume_is_that_of_one_lattice_point():
    for centring, points in (("P", 1), ("A", 2), ("C", 2), ("I", 2), ("F", 4)):
        niggli = niggli_cell([7.0, 9.0, 11.0, 90, 90, 90], centring)
        assert niggli.volume() == pytest.approx(7 * 9 * 11 / points)


def test_equal_cells_in_different_settings():
    cell = uctbx.unit_cell((7.371, 5.935, 14.887, 90, 95.45, 90))
    other = cell.change_basis(sgtbx.change_of_basis_op("c,a,b")).change_basis(sgtbx.change_of_basis_op("x+y,y,z-y"))
    assert other.parameters() != pytest.approx(cell.parameters())
    assert same_lattice(other, cell, STRICT)


def test_c_centred_cell_equals_its_i_setting():
    c_cell = uctbx.unit_cell((7.2905, 5.8792, 28.0724, 90, 93.8037, 90))
    # a_I = -c, c_I = a + c: (a_I + b + c_I) / 2 is the C centring.
    a, b, c, _, beta, _ = c_cell.parameters()
    cos_beta = math.cos(math.radians(beta))
    c_i = math.sqrt(a * a + c * c + 2 * a * c * cos_beta)
    beta_i = math.degrees(math.acos(-(c + a * cos_beta) / c_i))
    i_setting = niggli_cell([c, b, c_i, 90, beta_i, 90], "I")
    assert same_lattice(i_setting, niggli_cell(c_cell.parameters(), "C"), STRICT)
    assert not same_lattice(niggli_cell(c_cell.parameters(), "I"), niggli_cell(c_cell.parameters(), "C"))


def test_hexagonal_axes_equal_rhombohedral_axes():
    hexagonal = niggli_cell([4.7602, 4.7602, 12.9933, 90, 90, 120], "R")
    # a_rh = sqrt(a²/3 + c²/9), sin(alpha/2) = a / (2 a_rh): corundum.
    rhombohedral = niggli_cell([5.13016, 5.13016, 5.13016, 55.2830, 55.2830, 55.2830], "R")
    assert same_lattice(rhombohedral, hexagonal, STRICT)
    assert not same_lattice(niggli_cell([4.7602, 4.7602, 12.9933, 90, 90, 120], "P"), hexagonal)


@pytest.mark.parametrize("axes", ["2a,b,c", "a,2b,c", "a,b,2c"])
def test_supercell_is_not_equal(axes):
    a, b, c = ((2 if "2" in axis else 1) for axis in axes.split(","))
    truth = uctbx.unit_cell((6.1, 7.2, 8.3, 83, 95, 104))
    p = truth.parameters()
    supercell = uctbx.unit_cell((a * p[0], b * p[1], c * p[2], *p[3:]))
    assert not same_lattice(supercell, truth)
    assert not same_lattice(truth, supercell)


def test_cells_on_both_sides_of_a_reduction_boundary():
    just_below = uctbx.unit_cell((5.0, 6.0, 9.0, 90.2, 90.1, 89.9))
    just_above = uctbx.unit_cell((5.0, 6.0, 9.0, 89.8, 90.1, 90.1))
    assert same_lattice(just_below, just_above)
    # c over the middle of a: c and c - a are equally long, and the Niggli cell picks either.
    left = uctbx.unit_cell((5.0, 6.0, 9.0, 90, 106.2, 90))
    right = uctbx.unit_cell((5.0, 6.0, 9.0, 90, 106.0, 90))
    assert same_lattice(left, right)


def test_tolerances():
    truth = uctbx.unit_cell((6.1, 7.2, 8.3, 83, 95, 104))
    off_by_half_a_percent = uctbx.unit_cell((6.1 * 1.005, 7.2, 8.3, 83, 95, 104))
    off_by_two_percent = uctbx.unit_cell((6.1 * 1.02, 7.2, 8.3, 83, 95, 104))
    assert same_lattice(off_by_half_a_percent, truth)
    assert not same_lattice(off_by_half_a_percent, truth, STRICT)
    assert not same_lattice(off_by_two_percent, truth)


def test_rank_of_truth_counts_from_one_and_can_ask_for_the_lattice():
    truth = uctbx.unit_cell((6.0, 7.0, 8.0, 90, 90, 90))
    wrong = SimpleNamespace(niggli_cell=(6.0, 7.0, 16.0, 90, 90, 90), bravais_lattice="oP")
    low = SimpleNamespace(niggli_cell=(6.0, 7.0, 8.0, 90, 90.1, 90), bravais_lattice="mP")
    right = SimpleNamespace(niggli_cell=(6.0, 7.0, 8.0, 90, 90, 90), bravais_lattice="oP")
    assert rank_of_truth([wrong, low, right], truth) == 2
    assert rank_of_truth([wrong, low, right], truth, bravais_lattices=("oP",)) == 3
    assert rank_of_truth([wrong], truth) is None


def test_wilson_interval():
    # Newcombe (1998), Stat. Med. 17, 857, Table I: 81 of 263 gives 0.2553 to 0.3662, 0 of 20 gives 0 to 0.1611.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson_interval(0, 0) == (0.0, 1.0)
