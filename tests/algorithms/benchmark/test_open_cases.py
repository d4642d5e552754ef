from __future__ import annotations

import json

import pytest

from mlindex_plugin.algorithms.benchmark.open_cases import open_searches, true_cell
from mlindex_plugin.errors import InputError


def write_case(folder, name, **changes):
    folder.mkdir(exist_ok=True)
    case = {
        "id": name,
        "wavelength": 1.5406,
        "space_group": "P 1 2 1",
        "known_cell": [7.0, 8.0, 9.0, 90, 100, 90],
        "known_cell_refined_to_these_peaks": [7.1, 8.1, 9.1, 90, 101, 90],
        "quality_tier": "A",
        "peaks": [{"two_theta": 10.0 + i, "intensity": 5.0} for i in range(12)],
        **changes,
    }
    (folder / f"{name}.json").write_text(json.dumps(case))


@pytest.fixture
def folder(tmp_path):
    flagged = [{"two_theta": 9.5 + i, "flag": "Kbeta" if i == 3 else ""} for i in range(12)]
    write_case(tmp_path / "experimental", "a")
    write_case(tmp_path / "experimental", "b", quality_tier="B", peaks=flagged)
    write_case(tmp_path / "experimental", "c", truth_to_use="known_cell_refined_to_these_peaks")
    smsfx = {"space_group": None, "space_group_number": 5, "wavelength": None, "quality_tier": None}
    write_case(tmp_path / "smsfx", "s", **smsfx, peaks=[{"d": 12.0 - i / 2} for i in range(15)])
    return tmp_path


def test_tiers_and_the_cell_to_use(folder):
    first, third = open_searches(folder, "tier_A", 60)
    assert (first.name, third.name) == ("a", "c")
    assert sorted(first.truth.cell[:3]) == pytest.approx([7, 8, 9])
    assert sorted(third.truth.cell[:3]) == pytest.approx([7.1, 8.1, 9.1])
    assert first.peaks.unit == "two_theta" and len(first.peaks) == 12
    assert [len(one.peaks) for one in open_searches(folder, "tier_A", 10)] == [10, 10]


def test_flagged_peaks_are_left_out_or_not(folder):
    (without,), (with_all,) = (open_searches(folder, name, 60) for name in ("tier_B", "tier_B_all_peaks"))
    assert (len(without.peaks), len(with_all.peaks)) == (11, 12)
    assert without.about == with_all.about == {"n_flagged": 1}
    assert without.list_digest != with_all.list_digest


def test_smsfx_lists_have_the_group_s_number_and_no_wavelength(folder):
    (one,) = open_searches(folder, "smsfx_lists", 60)
    assert one.truth.bravais_lattice == "mC"
    assert (one.peaks.unit, one.peaks.wavelength) == ("d", None)


def test_the_space_group_tells_the_setting():
    # Gypsum in two settings: I 1 2/a 1, and the A-centred one of Pedersen & Semmingsen (1982).
    inner = {"space_group": "I 1 2/a 1", "known_cell": [5.679, 15.202, 6.522, 90, 118.43, 90]}
    face = {"space_group": "A 1 2/a 1", "known_cell": [5.679, 15.202, 6.522, 90, 118.43, 90]}
    first, second = true_cell(inner, ""), true_cell(face, "")
    assert first.bravais_lattice == second.bravais_lattice == "mC"
    assert first.niggli != pytest.approx(second.niggli, rel=1e-3)


def test_rhombohedral_cells_on_either_axes():
    hexagonal = true_cell({"space_group": "R -3 c", "known_cell": [4.7602, 4.7602, 12.9933, 90, 90, 120]}, "")
    # a_rh = sqrt(a²/3 + c²/9), sin(alpha/2) = a / (2 a_rh): corundum.
    axes = {"space_group": "R -3 c", "known_cell": [5.13016, 5.13016, 5.13016, 55.2830, 55.2830, 55.2830]}
    other = true_cell(axes, "")
    assert hexagonal.bravais_lattice == other.bravais_lattice == "hR"
    assert other.cell == pytest.approx(hexagonal.cell, rel=1e-3)


def test_what_is_no_case_is_refused(folder):
    with pytest.raises(InputError, match="holds no lists of tier_A; give the folder above them"):
        open_searches(folder / "smsfx", "tier_A", 60)
    (folder / "experimental" / "d.json").write_text('{"id": "d", "peaks": []}')
    with pytest.raises(InputError, match="d.json: has no known_cell"):
        open_searches(folder, "tier_A", 60)
    (folder / "experimental" / "d.json").write_text("{")
    with pytest.raises(InputError, match="d.json: not a measured list"):
        open_searches(folder, "tier_A", 60)
    write_case(folder / "experimental", "d", space_group="P 4 2 2", known_cell=[5, 6, 7, 90, 90, 90])
    with pytest.raises(InputError, match="d.json: cell and space group P 4 2 2 do not fit"):
        open_searches(folder, "tier_A", 60)
