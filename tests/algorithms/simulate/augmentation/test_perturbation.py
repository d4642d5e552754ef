"""Perturbed cells: their spread, their setting, their size."""

from __future__ import annotations

import numpy as np
import pytest
from cctbx import crystal

from mlindex_plugin.algorithms.lattice import volumes_from_cells
from mlindex_plugin.algorithms.simulate.augmentation.perturbation import Perturbation, in_common_setting
from mlindex_plugin.algorithms.simulate.preparation import to_common_setting
from mlindex_plugin.models.scaling import Scaling, lattice_system

Q2 = np.array([0.01, 0.1])


def fitted(lattice, cells):
    return Perturbation.fit(Scaling.fit(lattice_system(lattice), cells, Q2), cells)


def monoclinic_cells(n, rng):
    size = rng.normal(0, 1.0, n)
    lengths = np.stack([9 + size, 14 + 0.5 * rng.normal(size=n), 16 + 2 * size], axis=1)
    angles = np.stack([np.full(n, 90.0), rng.uniform(96, 108, n), np.full(n, 90.0)], axis=1)
    return np.concatenate([lengths, angles], axis=1)


def test_steps_have_a_fifth_of_the_deviation_along_every_correlation():
    rng = np.random.default_rng(0)
    cells = monoclinic_cells(4000, rng)
    perturbation = fitted("mP", cells)
    # one cell far from every bound of the setting
    middle = np.tile([9.0, 14.0, 16.0, 90.0, 102.0, 90.0], (20000, 1))
    moved, found = perturbation.perturb("mP", ["P 1 21/n 1"] * len(middle), middle, rng)
    assert found.all()
    scale = perturbation.scaling.scale_cells
    wanted = 0.04 * np.cov(scale(cells).T)
    np.testing.assert_allclose(np.cov((scale(moved) - scale(middle)).T), wanted, atol=0.002)
    assert wanted[0, 2] > 0.005  # a and c go together, and stay so


def test_cubic_cells_get_a_plain_normal_step():
    rng = np.random.default_rng(1)
    lengths = np.repeat(rng.normal(15, 1.0, (500, 1)), 3, axis=1)
    cells = np.concatenate([lengths, np.full((500, 3), 90.0)], axis=1)
    perturbation = fitted("cI", cells)
    moved, _ = perturbation.perturb("cI", ["I 2 3"] * 20000, np.tile([15.0] * 3 + [90.0] * 3, (20000, 1)), rng)
    assert moved[:, 0].std() == pytest.approx(0.2 * perturbation.scaling.length_std, rel=0.03)
    assert np.array_equal(moved[:, 0], moved[:, 2]) and (moved[:, 3:] == 90).all()


SETTINGS = {
    "P 21 21 2": ("oP", (7.0, 7.5, 8.0, 90, 90, 90)),
    "C m c m": ("oC", (7.0, 7.3, 6.0, 90, 90, 90)),
    "P 1 21/n 1": ("mP", (7.0, 9.0, 7.5, 90, 93, 90)),
    "P 1 21 1": ("mP", (7.0, 9.0, 7.5, 90, 93, 90)),
    "I 1 2/a 1": ("mC", (7.0, 9.0, 7.5, 90, 93, 90)),
    "P -1": ("aP", (7.0, 7.2, 7.4, 92, 93, 94)),
    "R -3": ("hR", (7.0, 7.0, 19.0, 90, 90, 120)),
}


@pytest.mark.parametrize("symbol", SETTINGS)
def test_perturbed_cells_stay_in_the_common_setting(symbol):
    lattice, cell = SETTINGS[symbol]
    rng = np.random.default_rng(2)
    system = lattice_system(lattice)
    scaling = Scaling(system, 7.0, 3.0, 0.2, 0.1, 0.1)
    perturbation = Perturbation(scaling, np.eye(scaling.n_free), np.ones(scaling.n_free), 3.0)
    cells = np.tile(np.array(cell, float), (60, 1))
    moved, found = perturbation.perturb(lattice, [symbol] * 60, cells, rng)
    assert found.all() and (np.abs(moved - cells).max(axis=1) > 1e-6).all()
    for one in moved:
        again = to_common_setting(crystal.symmetry(tuple(one), space_group_symbol=symbol))
        assert again.space_group == symbol
        np.testing.assert_allclose(again.unit_cell.parameters(), one, atol=1e-6)


def test_cells_outside_the_common_setting_are_told():
    def told(lattice, cell, glide=False):
        return bool(in_common_setting(lattice, np.array([glide]), np.array([cell], float))[0])

    assert not told("oP", (8, 7, 9, 90, 90, 90))
    assert told("oC", (7, 8, 6, 90, 90, 90)) and not told("oC", (8, 7, 9, 90, 90, 90))
    assert not told("mP", (7, 8, 9, 90, 85, 90))
    # the ac diagonal (6.6 Å) is shorter than c: an axis, unless it carries the glide
    assert not told("mP", (5, 8, 7, 90, 115, 90)) and told("mP", (5, 8, 7, 90, 107, 90))
    assert told("mP", (6, 8, 7, 90, 115, 90), glide=True) and not told("mP", (6, 8, 7, 90, 118, 90))
    assert not told("aP", (7, 8, 9, 85, 95, 95)) and told("aP", (7, 8, 9, 95, 95, 95))
    assert not told("aP", (7, 8, 9, 130, 110, 110))


def test_volumes_and_lengths_stay_possible():
    rng = np.random.default_rng(3)
    scaling = Scaling("orthorhombic", 7.0, 12.0, 1.0, 0.1, 0.1)
    perturbation = Perturbation(scaling, np.eye(3), np.ones(3), 3.0)
    cells = np.tile([4.0, 5.0, 6.0, 90, 90, 90], (500, 1))
    moved, found = perturbation.perturb("oP", ["P 2 2 2"] * 500, cells, rng)
    ratio = volumes_from_cells(moved) / 120
    assert found.all() and moved[:, :3].min() >= 3.0
    assert 0.5 < ratio.min() < 0.6 and 1.8 < ratio.max() < 2.0


def test_a_cell_without_any_acceptable_neighbour_is_given_back():
    scaling = Scaling("orthorhombic", 7.0, 1.0, 1.0, 0.1, 0.1)
    perturbation = Perturbation(scaling, np.eye(3), np.ones(3), 30.0)
    cells = np.array([[4.0, 5.0, 6.0, 90, 90, 90]])
    moved, found = perturbation.perturb("oP", ["P 2 2 2"], cells, np.random.default_rng(0))
    assert not found.any() and np.array_equal(moved, cells)
