from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from cctbx import crystal, sgtbx, uctbx

from mlindex_plugin.algorithms.benchmark.agreement import STRICT, rank_of_truth, same_lattice


def primitive(cell, group):
    return crystal.symmetry(cell, group).niggli_cell().unit_cell()


def test_equal_cells_in_different_settings():
    cell = uctbx.unit_cell((7.371, 5.935, 14.887, 90, 95.45, 90))
    other = cell.change_basis(sgtbx.change_of_basis_op("c,a,b")).change_basis(sgtbx.change_of_basis_op("x+y,y,z-y"))
    assert other.parameters() != pytest.approx(cell.parameters())
    assert same_lattice(other, cell, STRICT)


def test_c_centred_cell_equals_its_i_setting():
    a, b, c, beta = 7.2905, 5.8792, 28.0724, 93.8037
    # a_I = -c, c_I = a + c: (a_I + b + c_I) / 2 is the C centring.
    cos_beta = math.cos(math.radians(beta))
    c_i = math.sqrt(a * a + c * c + 2 * a * c * cos_beta)
    beta_i = math.degrees(math.acos(-(c + a * cos_beta) / c_i))
    c_centred = primitive((a, b, c, 90, beta, 90), "C 1 2 1")
    assert same_lattice(primitive((c, b, c_i, 90, beta_i, 90), "I 1 2 1"), c_centred, STRICT)
    assert not same_lattice(primitive((a, b, c, 90, beta, 90), "I 1 2 1"), c_centred)


@pytest.mark.parametrize("factors", [(2, 1, 1), (1, 2, 1), (1, 1, 2)])
def test_supercell_is_not_equal(factors):
    truth = uctbx.unit_cell((6.1, 7.2, 8.3, 83, 95, 104))
    lengths = [n * length for n, length in zip(factors, truth.parameters(), strict=False)]
    supercell = uctbx.unit_cell((*lengths, 83, 95, 104))
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
    off_by_two_degrees = uctbx.unit_cell((6.1, 7.2, 8.3, 83, 97, 104))
    assert same_lattice(off_by_half_a_percent, truth)
    assert not same_lattice(off_by_half_a_percent, truth, STRICT)
    assert not same_lattice(off_by_two_percent, truth)
    assert not same_lattice(off_by_two_degrees, truth)


def test_rank_of_truth_counts_from_one_and_can_ask_for_the_lattice():
    truth = uctbx.unit_cell((6.0, 7.0, 8.0, 90, 90, 90))
    wrong = SimpleNamespace(niggli_cell=(6.0, 7.0, 16.0, 90, 90, 90), bravais_lattice="oP")
    low = SimpleNamespace(niggli_cell=(6.0, 7.0, 8.0, 90, 90.1, 90), bravais_lattice="mP")
    right = SimpleNamespace(niggli_cell=(6.0, 7.0, 8.0, 90, 90, 90), bravais_lattice="oP")
    assert rank_of_truth([wrong, low, right], truth) == 2
    assert rank_of_truth([wrong, low, right], truth, bravais_lattices=("oP",)) == 3
    assert rank_of_truth([wrong], truth) is None
