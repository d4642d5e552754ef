from __future__ import annotations

import math

import pytest
from cctbx import crystal
from cif_texts import ORGANIC, WRITTEN_IN_P1, organic, rock_salt

from mlindex_plugin.algorithms.simulate.preparation import reasons
from mlindex_plugin.algorithms.simulate.preparation.structure_entries import prepare_cif


@pytest.fixture
def prepare(tmp_path):
    def from_text(text):
        path = tmp_path / "one.cif"
        path.write_text(text)
        return prepare_cif(path, "one.cif")

    return from_text


TWO_HALVES = ORGANIC["atoms"].replace("O2 O 0.063 0.402 0.141 1", "O2 O 0.063 0.402 0.141 0.5")
NOT_A_LIST_OF_ATOMS = organic().split("loop_")[0]
ODD_OPERATORS = "loop_\n_symmetry_equiv_pos_as_xyz\n'x,y,z'\n'-x+0.123456,-y,-z'\n'x+0.37,y+0.61,z'"

BAD = {
    "no text": ("", reasons.EMPTY),
    "blank lines": ("\n \n", reasons.EMPTY),
    "no cif": ("<html>not found</html>", reasons.UNREADABLE),
    "cut off in a loop": (organic()[:-12], reasons.UNREADABLE),
    "no atoms": (NOT_A_LIST_OF_ATOMS, reasons.NO_COORDINATES),
    "unknown coordinates": (organic(atoms="C1 C ? ? ? 1"), reasons.NO_COORDINATES),
    "no formula": (organic(formula="?"), reasons.NO_FORMULA),
    "number 231": (organic(number=231), reasons.BAD_NUMBER),
    "number 0": (organic(number=0), reasons.BAD_NUMBER),
    "number against symbol": (organic(number=15), reasons.BAD_NUMBER),
    "no group at all": (organic(number="?", group="?"), reasons.BAD_NUMBER),
    "unknown symbol": (organic(group="P 9 q"), reasons.BAD_SYMBOL),
    "symbol against operators": (
        organic(number="?", more="loop_\n_symmetry_equiv_pos_as_xyz\n'x,y,z'\n'-x,-y,-z'"),
        reasons.BAD_SYMBOL,
    ),
    "odd operators": (organic(more=ODD_OPERATORS), reasons.BAD_OPERATORS),
    "negative length": (organic(a=-8.21), reasons.IMPOSSIBLE_CELL),
    "no length": (organic(a="?"), reasons.IMPOSSIBLE_CELL),
    "angle beyond 180": (organic(beta=204.6), reasons.IMPOSSIBLE_CELL),
    "cell against group": (rock_salt(b=5.7), reasons.BAD_LATTICE_SYSTEM),
    "monoclinic called orthorhombic": (organic(group="P n m a", number=62), reasons.BAD_LATTICE_SYSTEM),
    "another volume": (organic(volume=700), reasons.BAD_VOLUME),
    "two atoms in a large cell": (rock_salt(a=12.0), reasons.BAD_DENSITY),
    "protein-sized": (organic(a=100, b=100, c=100, volume=967709), reasons.TOO_LARGE),
    "dummy atom": (organic(atoms=ORGANIC["atoms"] + "\nX1 X 0.8 0.8 0.8 1"), reasons.UNKNOWN_ELEMENT),
    "unknown element": (organic(atoms=ORGANIC["atoms"] + "\nZz1 Zz 0.8 0.8 0.8 1"), reasons.UNKNOWN_ELEMENT),
    "no number for an occupancy": (organic(atoms=ORGANIC["atoms"][:-1] + "abc"), reasons.NO_COORDINATES),
    "nan for an occupancy": (organic(atoms=ORGANIC["atoms"][:-1] + "nan"), reasons.NO_COORDINATES),
    "half an atom, another unknown": (organic(atoms=TWO_HALVES.replace(" 1.0", " ?")), reasons.DISORDER),
    "half an atom": (organic(atoms=TWO_HALVES), reasons.DISORDER),
    "an atom twice": (organic(atoms=ORGANIC["atoms"] + "\nC9 C 0.113 0.231 0.087 1"), reasons.OVERLAP),
    "all atoms of the cell, with all operators": (rock_salt(atoms=WRITTEN_IN_P1), reasons.OVERLAP),
    "rock salt in P1": (rock_salt(atoms=WRITTEN_IN_P1, group="P 1", number=1), reasons.HIDDEN_TRANSLATION),
    "quartz of one element": (
        rock_salt(atoms="Na1 Na 0 0 0 1", group="P 1", number=1, a=3.5, b=3.5, c=3.5, volume=42.875),
        reasons.HIDDEN_ROTATION,
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_rejected_by_its_reason(case, prepare):
    text, reason = BAD[case]
    (one,) = prepare(text)
    assert one.entry is None and one.identifier == "one.cif"
    assert one.rejected.reason == reason, one.rejected.detail
    assert reason in reasons.REASONS


def test_every_reason_but_those_of_breakdowns_has_a_case():
    tried = {reason for _, reason in BAD.values()}
    assert set(reasons.REASONS) - tried == {reasons.BAD_REDUCTION, reasons.NOT_CALCULATED}


def test_a_reduction_that_fails_is_a_reason(prepare, monkeypatch):
    def fail(self, *_):
        raise RuntimeError("iteration limit exceeded")

    monkeypatch.setattr(crystal.symmetry, "niggli_cell", fail)
    (one,) = prepare(organic())
    assert (one.rejected.reason, one.rejected.detail) == (reasons.BAD_REDUCTION, "iteration limit exceeded")


def test_a_breakdown_is_a_reason(prepare, monkeypatch):
    from mlindex_plugin.algorithms.simulate.preparation import structure_entries

    monkeypatch.setattr(structure_entries, "structure_entry", lambda *_: 1 / 0)
    (one,) = prepare(organic())
    assert (one.rejected.reason, one.rejected.detail) == (
        reasons.NOT_CALCULATED,
        "ZeroDivisionError: division by zero",
    )


def test_binary_files_and_folders_are_unreadable(tmp_path):
    path = tmp_path / "one.cif"
    path.write_bytes(bytes(range(256)) * 4)
    assert prepare_cif(path, "one.cif")[0].rejected.reason == reasons.UNREADABLE
    assert prepare_cif(tmp_path / "none.cif", "none.cif")[0].rejected.reason == reasons.UNREADABLE


def test_a_symbol_in_another_setting_is_taken_at_its_word(prepare):
    """Without operators iotbx would take the standard setting of the number."""
    (one,) = prepare(organic(group="P 1 21/n 1"))
    assert one.entry.space_group == "P 1 21/n 1"
    assert one.entry.cell[:3] == pytest.approx([8.21, 6.43, 12.37])  # already the common setting
    assert one.entry.change_of_basis == "x,y,z"


def test_the_cell_tells_rhombohedral_from_hexagonal_axes(prepare):
    """Without operators or ':R' cctbx takes a rhombohedral group on hexagonal axes."""
    corundum = {"a": 5.128, "b": 5.128, "c": 5.128, "volume": "?", "formula": "Al2 O3", "number": 167}
    atoms = "Al1 Al 0.35216 0.35216 0.35216 1\nO1 O 0.55624 0.94376 0.25 1"
    text = organic(**corundum, group="R -3 c", beta=55.28, atoms=atoms)
    text = text.replace("_alpha 90", "_alpha 55.28").replace("_gamma 90", "_gamma 55.28")
    (one,) = prepare(text)
    assert (one.entry.bravais_lattice, one.entry.space_group) == ("hR", "R -3 c")
    assert one.entry.cell == pytest.approx([4.758, 4.758, 12.991, 90, 90, 120], abs=2e-3)
    assert one.entry.formula == "Al0.333333 O0.5"  # the Wyckoff positions of corundum


def test_operators_tell_the_group_where_its_name_is_unknown(prepare):
    operators = "loop_\n_symmetry_equiv_pos_as_xyz\n" + "\n".join(
        f"'{op}'" for op in ("x,y,z", "-x,y+1/2,-z", "x+1/2,y,z+1/2", "-x+1/2,y+1/2,-z+1/2")
    )
    (one,) = prepare(organic(group="B 1 21 1", number=4, more=operators))
    assert (one.entry.space_group, one.entry.bravais_lattice) == ("P 1 21 1", "mP")
    assert one.entry.cell[:3].prod() == pytest.approx(8.21 * 6.43 * 12.37 / 2, rel=0.1)


def test_hydrogen_may_be_disordered(prepare):
    half = "\nH1 H 0.15 0.35 0.03 0.5\nH2 H 0.15 0.30 0.03 0.5"
    (one,) = prepare(organic(atoms=ORGANIC["atoms"] + half))
    assert one.rejected is None


@pytest.mark.parametrize("unknown", ["?", "."])
def test_an_occupancy_that_is_not_given_is_full(prepare, unknown):
    (one,) = prepare(organic(atoms=ORGANIC["atoms"].replace(" 1.0", f" {unknown}")))
    assert one.rejected is None


def test_r_factor_is_read_without_its_uncertainty(prepare):
    (one,) = prepare(organic(more="_refine_ls_R_factor_gt 0.0412(3)"))
    assert one.r_factor == 0.0412
    assert math.isnan(prepare(organic())[0].r_factor)


def test_every_structure_of_a_file_counts(prepare):
    both = prepare(organic() + rock_salt() + NOT_A_LIST_OF_ATOMS.replace("organic", "text") + organic(name="bad", a=0))
    assert [one.identifier for one in both] == ["one.cif:organic", "one.cif:salt", "one.cif:bad"]
    assert [one.entry is None for one in both] == [False, False, True]


def test_blocks_of_one_name_are_all_kept(prepare):
    first, second, third = prepare(organic() + rock_salt(name="organic") + rock_salt(name="Organic", a=6.0))
    assert [one.identifier for one in (first, second, third)] == [
        "one.cif:organic",
        "one.cif:organic_2",
        "one.cif:Organic_3",
    ]
    assert [one.entry.bravais_lattice for one in (first, second, third)] == ["mP", "cF", "cF"]
    assert (second.entry.cell[0], third.entry.cell[0]) == pytest.approx((5.6402, 6.0))
