from __future__ import annotations

import numpy as np
import pytest
from cctbx import crystal, sgtbx
from structures import NACL, ORGANIC, SILICON, cif

from mlindex_plugin.algorithms.simulate.structure import (
    bravais_lattice_symbol,
    laue_symmetry_excess,
    metric_bravais_lattice_symbol,
    read_structure,
    structure_factors,
    translation_index,
)
from mlindex_plugin.errors import InputError


def squared_structure_factors(structure, d_min=1.2):
    return structure_factors(structure.niggli_cell(), d_min).as_intensity_array()


def seen_reflections(structure):
    everything = squared_structure_factors(structure).expand_to_p1()
    strength = everything.data().as_numpy_array()
    return np.array(everything.indices())[strength > 1e-4 * strength.max()]


def test_read_structure(structure):
    read = structure(NACL)
    assert read.unit_cell().parameters() == pytest.approx((5.6402, 5.6402, 5.6402, 90, 90, 90))
    assert str(read.space_group_info()) == "F m -3 m"
    assert [s.scattering_type for s in read.scatterers()] == ["Na", "Cl"]


def test_ions_missing_from_the_tables_become_neutral_atoms(structure):
    read = structure(NACL.replace("Na Na", "Na Na+").replace("Cl Cl", "V V+2"))
    assert [s.scattering_type for s in read.scatterers()] == ["Na1+", "V"]


def test_names_with_foreign_characters_do_not_matter(tmp_path):
    path = tmp_path / "latin1.cif"
    path.write_bytes(b"# Jos\xe9\n" + NACL.encode())
    assert read_structure(path).scatterers().size() == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not a cif at all {", "structure.cif: not a usable CIF"),
        ("data_empty\n_cell_length_a 5\n", "structure.cif"),
        (NACL.replace("Cl Cl", "Cl Qq"), "structure.cif: no scattering factors for atom type Qq"),
    ],
)
def test_unusable_files(structure, text, message):
    with pytest.raises(InputError, match=message):
        structure(text)


def test_bravais_lattices_of_all_space_groups():
    count = {}
    for number in range(1, 231):
        symbol = bravais_lattice_symbol(sgtbx.space_group_info(number=number).group())
        count[symbol] = count.get(symbol, 0) + 1
    # International Tables A, Table 2.1.2.1: number of space-group types of each Bravais type.
    assert count == {
        "aP": 2, "mP": 8, "mC": 5, "oP": 30, "oC": 15, "oI": 9, "oF": 5, "tP": 49, "tI": 19, "hP": 45, "hR": 7,
        "cP": 15, "cI": 10, "cF": 11,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("symbol", "lattice"),
    [("I 1 2/a 1", "mC"), ("P 1 21/n 1", "mP"), ("A m m 2", "oC"), ("B b c m", "oC"), ("R -3 m :R", "hR")],
)
def test_bravais_lattices_of_other_settings(symbol, lattice):
    assert bravais_lattice_symbol(sgtbx.space_group_info(symbol).group()) == lattice


def test_metric_may_be_more_symmetric_than_the_space_group():
    def metric(*cell):
        return metric_bravais_lattice_symbol(crystal.symmetry(unit_cell=cell, space_group_symbol="P 1 21/c 1"))

    assert metric(8, 9, 10, 90, 97, 90) == "mP"
    assert metric(8, 9, 10, 90, 90, 90) == "oP"
    assert metric(8, 9, 8, 90, 97, 90) == "oC"


def test_translation_index():
    assert translation_index([[1, 0, 0], [0, 1, 0], [0, 0, 1]]) == 1
    assert translation_index([[1, 2, 3], [2, 5, 7], [3, 7, 11]]) == 1
    assert translation_index([[2, 3, 5], [3, 5, 7], [1, 1, 1]]) == 2
    assert translation_index([[1, 1, 1], [2, 0, 0], [0, 2, 0], [0, 0, 2]]) == 4
    assert translation_index([[1, 1, 0], [1, 0, 1], [0, 1, 1]]) == 2
    assert translation_index([[1, 2, 0], [3, 1, 0]]) == 0


def test_hidden_centring_is_seen(structure):
    assert translation_index(seen_reflections(structure(SILICON))) == 1
    in_p1 = structure(SILICON).expand_to_p1(append_number_to_labels=False)
    assert in_p1.niggli_cell().unit_cell().volume() == pytest.approx(5.4309**3)
    assert translation_index(seen_reflections(in_p1)) == 4


def test_hidden_rotations_are_seen(structure):
    organic = structure(ORGANIC)
    assert laue_symmetry_excess(squared_structure_factors(organic)) == 1
    assert laue_symmetry_excess(squared_structure_factors(organic.expand_to_p1())) == 2


def test_symmetric_metric_alone_is_no_hidden_rotation(structure):
    text = cif("monoclinic", (8, 9, 10, 90, 90, 90), "P 1 21/c 1", "C C 0.1 0.2 0.3\nO O 0.35 0.12 0.27")
    assert laue_symmetry_excess(squared_structure_factors(structure(text))) == 1


def test_extinct_reflections_are_zero_also_by_fourier_transform(structure, monkeypatch):
    """Three quarters of the reflections of silicon in P1; the transform leaves 3e-7 of the strongest |F|²."""
    silicon = structure(SILICON).expand_to_p1()
    expected = np.abs(structure_factors(silicon, 0.77).data().as_numpy_array())
    monkeypatch.setattr("mlindex_plugin.algorithms.simulate.structure._LARGEST_SUM", 0)
    found = np.abs(structure_factors(silicon, 0.77).data().as_numpy_array())
    extinct = expected < 1e-6 * expected.max()
    assert extinct.sum() == 586
    assert not found[extinct].any()
    assert found[~extinct] == pytest.approx(expected[~extinct], rel=0.03)
