"""The streams: symmetry, bounds, proportions, determinism."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from scipy.stats import binom

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.simulate.structure import laue_symmetry_excess, translation_index
from mlindex_plugin.algorithms.simulate.synthetic import (
    POPULATIONS,
    space_group_probabilities,
    synthetic_crystals,
    synthetic_entries,
    synthetic_structures,
)
from mlindex_plugin.algorithms.simulate.synthetic.learned_crystals import draw
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.errors import InputError


def crystals(population, n, seed=0, lattice=None):
    return list(islice(synthetic_crystals(population, np.random.default_rng(seed), lattice), n))


@pytest.mark.parametrize("population", POPULATIONS)
def test_same_seed_same_entries(population):
    first, second = (list(islice(synthetic_entries(population, np.random.default_rng(5)), 4)) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert (a.identifier, a.source, a.formula, a.space_group) == (b.identifier, b.source, b.formula, b.space_group)
        assert np.array_equal(a.cell, b.cell)
        assert np.array_equal(a.observable[0].q2, b.observable[0].q2)
    other = next(synthetic_entries(population, np.random.default_rng(6)))
    assert not np.array_equal(first[0].cell, other.cell)


@pytest.mark.parametrize("population", POPULATIONS)
def test_crystals_keep_the_bounds(population):
    bounds = POPULATIONS[population]
    for crystal in crystals(population, 60):
        symmetry = crystal.symmetry()
        assert symmetry.unit_cell().volume() < bounds.max_volume * (1 + 1e-9)
        assert 1 <= len(crystal.elements) <= bounds.max_atoms
        assert symmetry.space_group().is_compatible_unit_cell(symmetry.unit_cell(), 1e-6, 1e-6)


@pytest.mark.parametrize("population", ["inorganic", "framework"])
def test_fixed_positions_are_occupied_once_and_atoms_lie_where_they_say(population):
    for crystal in crystals(population, 60, seed=1):
        structure = crystal.structure()
        multiplicities = [scatterer.multiplicity() for scatterer in structure.scatterers()]
        assert multiplicities == crystal.multiplicities.tolist()
        group = space_group(crystal.number)
        fixed = [p.shift for p in group.positions if p.n_free == 0]
        for shift in fixed:
            offset = crystal.sites - shift
            assert np.count_nonzero(np.abs(offset - np.rint(offset)).max(axis=1) < 1e-9) <= 1


@pytest.mark.parametrize("population", ["inorganic", "molecular"])
def test_diffraction_shows_the_drawn_symmetry(population):
    """Neither the Laue symmetry nor the lattice of the reflections is more than the space group's."""
    for structure in islice(synthetic_structures(population, np.random.default_rng(3)), 25):
        niggli = structure.niggli_cell()
        intensities = niggli.structure_factors(d_min=1.8, algorithm="direct").f_calc().as_intensity_array()
        if intensities.size() < 30:
            continue
        assert laue_symmetry_excess(intensities) == 1.0
        strong = intensities.expand_to_p1()
        strong = strong.select(strong.data() > 1e-6 * max(strong.data()))
        assert translation_index(np.array(strong.indices())) == 1


def test_structures_are_in_the_common_setting():
    for structure in islice(synthetic_structures("molecular", np.random.default_rng(0), "oP"), 5):
        a, b, c = structure.unit_cell().parameters()[:3]
        assert a <= b <= c
    structure = next(synthetic_structures("molecular", np.random.default_rng(0), "mC"))
    assert structure.space_group().conventional_centring_type_symbol() == "I"


@pytest.mark.parametrize("lattice", LATTICES)
@pytest.mark.parametrize("population", ["inorganic", "framework", "molecular"])
def test_every_lattice_can_be_asked_for(population, lattice):
    entry = next(synthetic_entries(population, np.random.default_rng(1), lattice))
    assert entry.bravais_lattice == lattice
    assert 0 < len(entry.observable[0]) <= 60
    assert len(entry.allowed) <= 60
    assert np.all(np.diff(entry.allowed.q2) > 0)
    beyond = entry.observable[0].q2 > entry.allowed.q2[-1] + 1e-9
    assert np.all(beyond | np.isin(np.round(entry.observable[0].q2, 9), np.round(entry.allowed.q2, 9)))


def test_molecular_space_groups_have_their_known_proportions():
    probabilities = space_group_probabilities("molecular")
    n = 20000
    rng = np.random.default_rng(0)
    drawn = np.bincount([draw(probabilities, rng) + 1 for _ in range(n)], minlength=231)
    known = {14: 0.35, 2: 0.25, 15: 0.08, 19: 0.08, 4: 0.05, 61: 0.03}
    for number, share in known.items():
        assert probabilities[number - 1] == pytest.approx(share, abs=1e-12)
        low, high = binom.interval(0.9999, n, share)
        assert low <= drawn[number] <= high
    assert drawn[[n for n in range(1, 231) if n not in known]].sum() == n - sum(drawn[n] for n in known)


def test_molecular_crystals_have_18_cubic_angstrom_an_atom_and_sound_axes():
    sample = crystals("molecular", 300, seed=2)
    volumes = [c.symmetry().unit_cell().volume() / c.multiplicities.sum() for c in sample]
    assert np.mean(volumes) == pytest.approx(18, abs=0.3)
    lengths = np.array([c.cell[:3] for c in sample])
    assert lengths.min() >= 4 and lengths.max() <= 75


def test_layered_cells_have_one_long_and_two_short_axes():
    sample = crystals("layered", 200)
    lengths = np.sort([c.cell[:3] for c in sample], axis=1)
    assert lengths[:, :2].min() >= 4 and lengths[:, :2].max() <= 8
    assert lengths[:, 2].min() >= 25 and lengths[:, 2].max() <= 75
    lattices = [space_group(c.number).bravais_lattice for c in sample]
    assert set(lattices) == {"mP", "mC", "oP", "oC", "tP"}
    in_molecular = np.sort([c.cell[:3] for c in crystals("molecular", 400)], axis=1)
    share = np.mean((in_molecular[:, 1] <= 8) & (in_molecular[:, 2] >= 25))
    assert 0.05 < share < 0.20


def test_unknown_population_and_lattice_are_told():
    with pytest.raises(InputError, match="organic: no such population; there are inorganic, framework, molecular"):
        synthetic_crystals("organic", np.random.default_rng(0))
    with pytest.raises(InputError, match="no crystals of lattice cF"):
        synthetic_crystals("layered", np.random.default_rng(0), "cF")
