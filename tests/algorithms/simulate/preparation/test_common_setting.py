from __future__ import annotations

import numpy as np
import pytest
from cctbx import crystal, miller, sgtbx

from mlindex_plugin.algorithms.lattice.bravais import LATTICES
from mlindex_plugin.algorithms.simulate.preparation import to_common_setting

# space groups of every lattice, many in settings that are not the common one
GROUPS = (
    *(
        "P 1",
        "P -1",
        "Hall: -C 1",
        "P 1 21/c 1",
        "P 1 1 21/a",
        "B 2 1 1",
        "P 1 21/a 1",
        "P 1 2 1",
        "C 1 c 1",
        "I 1 2/c 1",
    ),
    *("A 1 2/n 1", "A 1 1 2/a", "P n a 21", "P b c n", "P 21 2 21", "P 2 2 21", "A m m 2", "B b c m", "A 21 2 2"),
    *("C c c b", "F d d 2", "F d d d", "I b c a", "I 21 21 21", "P 41 21 2", "P 43 21 2", "I 41/a", "P 31 1 2"),
    *("P 32 2 1", "R -3 c :R", "R 3 :H", "P 63/m", "P 61 2 2", "P 43 3 2", "I a -3 d", "F d -3 m :1"),
)


def random_symmetry(symbol, rng):
    """Crystal symmetry with a random cell that fits the group."""
    info = sgtbx.space_group_info(symbol)
    cell = info.any_compatible_unit_cell(volume=rng.uniform(200, 2000)).parameters()
    lengths = np.array(cell[:3]) * rng.uniform(0.5, 2, 3)
    angles = np.array(cell[3:]) + rng.uniform(-12, 12, 3)
    cell = info.group().average_unit_cell(crystal.uctbx.unit_cell((*lengths, *angles)))
    return crystal.symmetry(cell, space_group_info=info)


def d_spacings(symmetry):
    return np.sort(miller.build_set(symmetry, False, d_min=2.0).d_spacings().data().as_numpy_array())


@pytest.mark.parametrize("symbol", GROUPS)
def test_every_d_spacing_is_kept_and_the_setting_is_its_own(symbol):
    rng = np.random.default_rng(list(symbol.encode()))
    for _ in range(3):
        given = random_symmetry(symbol, rng)
        common = to_common_setting(given)
        turned = given.change_basis(common.change_of_basis)
        assert turned.unit_cell().is_similar_to(common.unit_cell, 1e-9, 1e-6)
        named = crystal.symmetry(common.unit_cell, common.space_group)
        assert d_spacings(named) == pytest.approx(d_spacings(given), rel=1e-9)  # the symbol has the right absences
        again = to_common_setting(named)
        assert again.space_group == common.space_group
        assert again.unit_cell.is_similar_to(common.unit_cell, 1e-9, 1e-6)
        # the hand of the crystal is kept
        assert turned.space_group_info().type().number() == given.space_group_info().type().number()
        assert common.change_of_basis.c().r().determinant() > 0


@pytest.mark.parametrize("symbol", GROUPS)
def test_axes_follow_the_rules(symbol):
    rng = np.random.default_rng(5)
    for _ in range(5):
        common = to_common_setting(random_symmetry(symbol, rng))
        a, b, c, alpha, beta, gamma = common.unit_cell.parameters()
        assert common.bravais_lattice in LATTICES
        if common.bravais_lattice in ("oP", "oI", "oF"):
            assert a <= b <= c
        elif common.bravais_lattice == "oC":
            assert a <= b and common.space_group[0] == "C"
        elif common.bravais_lattice in ("mP", "mC"):
            assert a <= c and beta >= 90 - 1e-6 and (alpha, gamma) == pytest.approx((90, 90))
            assert common.space_group[0] == LATTICES[common.bravais_lattice].centring
        elif common.bravais_lattice == "aP":
            assert a <= b <= c and min(alpha, beta, gamma) >= 90 - 1e-6
        elif common.bravais_lattice == "hR":
            assert (a, gamma) == pytest.approx((b, 120))


def test_glides_are_put_on_the_diagonal_and_centrings_in_the_body():
    cells = {"P 1 21/c 1": (8.2, 6.4, 12.4, 90, 104.6, 90), "C 1 2/c 1": (20.1, 5.3, 11.7, 90, 99.0, 90)}
    common = {symbol: to_common_setting(crystal.symmetry(cell, symbol)) for symbol, cell in cells.items()}
    assert common["P 1 21/c 1"].space_group == "P 1 21/n 1"
    assert common["P 1 21/c 1"].unit_cell.parameters()[:3] == pytest.approx((8.2, 6.4, 13.028), abs=1e-3)
    assert common["C 1 2/c 1"].space_group == "I 1 2/a 1"
    # without a glide the two shortest vectors of the plane: here a and a + c
    oblique = to_common_setting(crystal.symmetry((7, 9, 11, 90, 115, 90), "P 1 21 1"))
    assert oblique.unit_cell.parameters()[:3] == pytest.approx(
        (7, 9, np.sqrt(49 + 121 + 154 * np.cos(np.radians(115))))
    )


def test_selling_reduction_of_a_known_cell():
    # a = 3, b = 4, c = 5 along the diagonals of a primitive triclinic lattice: every angle must become obtuse
    common = to_common_setting(crystal.symmetry((3, 4, 5, 60, 70, 80), "P -1"))
    assert min(common.unit_cell.parameters()[3:]) >= 90
    assert common.unit_cell.volume() == pytest.approx(crystal.uctbx.unit_cell((3, 4, 5, 60, 70, 80)).volume())


def test_one_group_has_one_symbol_however_its_axes_are_ordered():
    symbols = {
        to_common_setting(crystal.symmetry(cell, "C m m a")).space_group
        for cell in ((5, 6, 7, 90, 90, 90), (6, 5, 7, 90, 90, 90))
    }
    assert symbols == {"C m m a"}
    permuted = {
        to_common_setting(crystal.symmetry(cell, "P 21 21 2")).space_group
        for cell in ((5, 6, 7, 90, 90, 90), (5, 7, 6, 90, 90, 90), (6, 7, 5, 90, 90, 90))
    }
    assert permuted == {"P 21 21 2", "P 21 2 21", "P 2 21 21"}
