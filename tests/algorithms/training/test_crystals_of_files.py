"""Crystals of several data sets: families, sides, no leak between them."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from training_files import crystal, many_crystals, write_data_set

from mlindex_plugin.algorithms.training.crystals import crystals_of_entries, join_crystals, read_crystals
from mlindex_plugin.errors import InputError


def names(crystals):
    return sorted(crystals.identifier.tolist())


def test_the_sides_of_one_file_are_kept(tmp_path):
    path = many_crystals(tmp_path / "a.h5", 20)
    sides = read_crystals([path], "tP")
    assert names(sides["validation"]) == ["14.cif", "19.cif", "4.cif", "9.cif"]
    assert len(sides["training"]) == 16
    assert len(read_crystals([path], "cF")["training"]) == 0


def test_lines_are_those_of_the_entries(tmp_path):
    entries = [crystal("a.cif", 1), crystal("b.cif", 2)]
    path = write_data_set(tmp_path / "a.h5", entries, ["training", "training"])
    crystals = read_crystals([path], "tP")["training"]
    for i, entry in enumerate(crystals.entries("tP")):
        for of_file, given in zip(entry.observable, entries[i].observable, strict=True):
            np.testing.assert_array_equal(of_file.q2, given.q2)
            np.testing.assert_array_equal(of_file.hkl, given.hkl)
            np.testing.assert_allclose(of_file.intensity, given.intensity, rtol=1e-6)
    made = crystals_of_entries(entries, crystals.family, 60)
    np.testing.assert_array_equal(made.q2, crystals.q2)
    np.testing.assert_array_equal(made.hkl, crystals.hkl)
    assert len(join_crystals([made, crystals])) == 4


def test_families_of_different_files_do_not_collide(tmp_path):
    files = [many_crystals(tmp_path / "a.h5", 10), many_crystals(tmp_path / "b.h5", 10, first=100)]
    sides = read_crystals(files, "tP")
    families = np.concatenate([sides["training"].family, sides["validation"].family])
    assert len(families) == 20
    assert len(set(families)) == 20


def test_duplicates_of_one_file_are_one_family_and_not_used(tmp_path):
    entries = [crystal("a.cif", 1), crystal("b.cif", 1), crystal("c.cif", 3)]
    path = write_data_set(tmp_path / "a.h5", entries, ["training", "duplicate", "training"], families=[0, 0, 2])
    assert names(read_crystals([path], "tP")["training"]) == ["a.cif", "c.cif"]


def test_a_file_given_twice_counts_once(tmp_path):
    path = many_crystals(tmp_path / "a.h5", 10)
    once, twice = read_crystals([path], "tP"), read_crystals([path, path], "tP")
    assert names(once["training"]) == names(twice["training"])
    assert names(once["validation"]) == names(twice["validation"])


@pytest.mark.parametrize("name", ["a.cif", "renamed.cif"])
def test_validation_in_one_file_is_not_trained_on_from_another(name, tmp_path, caplog):
    first = write_data_set(tmp_path / "a.h5", [crystal("a.cif", 1), crystal("b.cif", 2)], ["training", "training"])
    second = write_data_set(tmp_path / "b.h5", [crystal(name, 1)], ["validation"])
    with caplog.at_level(logging.INFO, "mlindex_plugin"):
        sides = read_crystals([first, second], "tP")
    assert names(sides["training"]) == ["b.cif"]
    assert names(sides["validation"]) == ["a.cif"]  # of the first file, once
    assert "1 training entries are kept from training" in caplog.text


def test_a_duplicate_links_what_is_trained_on_to_validation(tmp_path):
    """a is a duplicate of b in the first file; b alone is in the second, for validation."""
    first = write_data_set(
        tmp_path / "a.h5", [crystal("a.cif", 1), crystal("b.cif", 2)], ["training", "duplicate"], families=[0, 0]
    )
    second = write_data_set(tmp_path / "b.h5", [crystal("b.cif", 2)], ["validation"])
    sides = read_crystals([first, second], "tP")
    assert names(sides["training"]) == []
    assert names(sides["validation"]) == ["a.cif"]


def test_left_out_in_one_file_is_left_out_of_all(tmp_path):
    first = write_data_set(tmp_path / "a.h5", [crystal("a.cif", 1), crystal("b.cif", 2)], ["training", "training"])
    second = write_data_set(tmp_path / "b.h5", [crystal("case.cif", 1)], ["left_out"], left_out=["case.cif"])
    assert names(read_crystals([first, second], "tP")["training"]) == ["b.cif"]
    assert names(read_crystals([second, first], "tP")["training"]) == ["b.cif"]


def test_names_left_out_hold_for_files_that_do_not_know_them(tmp_path):
    first = write_data_set(tmp_path / "a.h5", [crystal("a.cif", 1), crystal("b.cif", 2)], ["training", "validation"])
    second = write_data_set(tmp_path / "b.h5", [crystal("c.cif", 3)], ["training"], left_out=["a.cif"])
    sides = read_crystals([first, second], "tP")
    assert names(sides["training"]) == ["c.cif"]
    assert names(sides["validation"]) == ["b.cif"]


def test_equal_names_of_different_structures_are_two_crystals(tmp_path):
    first = write_data_set(tmp_path / "a.h5", [crystal("1.cif", 1)], ["training"])
    second = write_data_set(tmp_path / "b.h5", [crystal("1.cif", 2)], ["training"])
    assert len(read_crystals([first, second], "tP")["training"]) == 2


def test_synthetic_crystals_are_known_by_name(tmp_path):
    """Two streams may draw the same formula and volume; the same name is the same crystal of the same stream."""
    alike = {"source": "layered", "formula": "C1"}
    entries = [crystal("layered-0-1", 1, **alike), crystal("layered-0-2", 1, **alike)]
    first = write_data_set(tmp_path / "a.h5", entries, ["training", "training"])
    second = write_data_set(tmp_path / "b.h5", [crystal("layered-0-2", 1, **alike)], ["validation"])
    sides = read_crystals([first, second], "tP")
    assert names(sides["training"]) == ["layered-0-1"]
    assert names(sides["validation"]) == ["layered-0-2"]


def test_a_file_that_is_no_data_set_is_an_input_error(tmp_path):
    (tmp_path / "a.h5").write_text("no HDF5")
    with pytest.raises(InputError, match="a.h5: not a readable HDF5 file"):
        read_crystals([tmp_path / "a.h5"], "tP")
