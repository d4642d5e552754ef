from __future__ import annotations

import csv

import numpy as np
import pytest
import structures
from cctbx import uctbx
from prepared_patterns import Excluded, candidate_rows, prepare, select

CELL = (8.21, 6.43, 12.37, 90, 104.6, 90)
MOLECULE = "C1 C 0.112 0.231 0.087\nN1 N 0.332 0.187 0.243\nO1 O 0.274 0.938 0.104\nC3 C 0.441 0.402 0.281"


@pytest.fixture
def cif(tmp_path):
    def write(cell, group, atoms, name="x.cif"):
        path = tmp_path / name
        path.write_text(structures.cif("x", cell, group, atoms))
        return path

    return write


def q2_of(entry):
    return [uctbx.unit_cell(entry["cell"]).d_star_sq(tuple(hkl)) for hkl in entry["hkl"]]


def test_entry(cif):
    entry = prepare(cif(CELL, "P 1 21/c 1", MOLECULE), "mP")
    assert entry["bravais"] == entry["metric_bravais"] == "mP"
    assert entry["space_group"] == "P 1 21/c 1"
    assert entry["determined"]
    assert entry["q2"] == pytest.approx(q2_of(entry))
    assert len(entry["q2"]) == len(entry["hkl"]) == len(entry["intensity"]) >= 20


def test_entry_in_another_setting_is_brought_to_the_reference_setting(cif):
    entry = prepare(cif(CELL, "I 1 2/a 1", MOLECULE), "mC")
    assert entry["space_group"] == "C 1 2/c 1"
    assert entry["q2"] == pytest.approx(q2_of(entry))
    assert uctbx.unit_cell(entry["niggli"]).volume() == pytest.approx(uctbx.unit_cell(CELL).volume() / 2)


def test_lattice_must_be_that_of_the_index(cif):
    with pytest.raises(Excluded, match="not that of the index"):
        prepare(cif(CELL, "P 1 21/c 1", MOLECULE), "oP")


def test_hidden_translation(cif):
    atoms = "C1 C 0.11 0.23 0.09\nC2 C 0.61 0.23 0.09\nO1 O 0.27 0.94 0.10\nO2 O 0.77 0.94 0.10"
    with pytest.raises(Excluded, match="hidden translation"):
        prepare(cif((8, 9, 10, 85, 95, 100), "P 1", atoms), "aP")


def test_hidden_rotation(cif):
    atoms = "C1 C 0.11 0.23 0.09\nC2 C 0.89 0.23 0.91\nO1 O 0.27 0.94 0.10\nO2 O 0.73 0.94 0.90"
    with pytest.raises(Excluded, match="hidden rotation"):
        prepare(cif(CELL, "P 1", atoms), "aP")


def test_weak_superlattice_does_not_determine_the_cell(cif):
    # Two heavy atoms a half axis apart, told apart by one carbon only: a smaller cell gives every visible line.
    atoms = "U1 U 0 0 0\nU2 U 0.5 0 0\nC1 C 0.1 0.2 0.3\nC2 C 0.6 0.2 0.3\nC3 C 0.2 0.4 0.1"
    entry = prepare(cif((12, 5.1, 6.2, 85, 95, 100), "P 1", atoms), "aP")
    assert all(hkl[0] % 2 == 0 for hkl in entry["hkl"][:20])
    assert not entry["determined"]


def index_of(folder, names):
    with open(folder / "cifs_index.csv", "w", newline="") as handle:
        writer = csv.DictWriter(handle, ["file", "bravais", "near_experimental_case"])
        writer.writeheader()
        writer.writerows({"file": name, "bravais": "mP", "near_experimental_case": "0"} for name in names)
        writer.writerow({"file": "near.cif", "bravais": "mP", "near_experimental_case": "1"})


def test_halves_are_disjoint_and_leave_experimental_cases_out(tmp_path):
    names = {f"{number}.cif" for number in range(100)}
    index_of(tmp_path, names)
    development, test = (
        {row["file"] for row in candidate_rows(part, tmp_path)["mP"]} for part in ("development", "test")
    )
    assert development | test == names
    assert not development & test
    assert min(len(development), len(test)) > 30


def test_choice_is_seeded_and_counts_what_it_leaves_out(cif, tmp_path):
    rng = np.random.default_rng(0)
    for number in range(6):
        cell = (*rng.uniform(6, 12, 3), 90, rng.uniform(92, 110), 90)
        cif(cell, "P 1 21/c 1" if number else "P 1", MOLECULE, f"{number}.cif")
    rows = [{"file": f"{number}.cif"} for number in range(6)]
    first, _ = select(rows, tmp_path, "mP", 3, seed=1)
    again, _ = select(rows, tmp_path, "mP", 3, seed=1)
    assert [e["id"] for e in first] == [e["id"] for e in again]
    assert len(first) == 3
    every, left_out = select(rows, tmp_path, "mP", 99, seed=1)
    assert sorted(e["id"] for e in every) == [f"{number}.cif" for number in range(1, 6)]
    assert left_out == {"Bravais lattice of the CIF is not that of the index": 1}


def test_entries_with_too_few_lines_are_counted_apart(cif, tmp_path):
    cif((1.8, 1.8, 1.8, 90, 90, 90), "P m -3 m", "H H 0 0 0", "few.cif")
    entries, left_out = select([{"file": "few.cif"}], tmp_path, "cP", 1, seed=1)
    assert entries == []
    assert left_out == {"fewer lines than parameters plus five": 1}
