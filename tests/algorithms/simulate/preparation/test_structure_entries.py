from __future__ import annotations

import numpy as np
import pytest
from cctbx import sgtbx
from structures import NACL, ORGANIC, QUARTZ, SILICON, cif

from mlindex_plugin.algorithms.simulate.calculated_pattern import CU_Q2_MAX
from mlindex_plugin.algorithms.simulate.preparation.structure_entries import structure_entry
from mlindex_plugin.algorithms.simulate.structure import read_structure

# Corundum, Lewis, Schwarzenbach & Flack (1982), Acta Cryst. A38, 733
CORUNDUM = cif("corundum", (4.7602, 4.7602, 12.9933, 90, 90, 120), "R -3 c :H", "Al Al 0 0 0.35216\nO O 0.30624 0 0.25")
TEXTS = {"nacl": NACL, "silicon": SILICON, "quartz": QUARTZ, "organic": ORGANIC, "corundum": CORUNDUM}


@pytest.fixture(params=TEXTS)
def crystal_and_entry(request, tmp_path):
    path = tmp_path / f"{request.param}.cif"
    path.write_text(TEXTS[request.param])
    structure = read_structure(path)
    return structure, structure_entry(structure, request.param)


def all_indices(cell, q2_max):
    """Miller indices with q2 up to a limit, shape (n, 3), without 000."""
    limits = [int(length * np.sqrt(q2_max)) + 1 for length in cell.parameters()[:3]]
    grid = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in limits), indexing="ij"), axis=-1).reshape(-1, 3)
    grid = grid[np.any(grid != 0, axis=1)]
    q2 = np.array([cell.d_star_sq(tuple(map(int, h))) for h in grid])
    inside = q2 <= q2_max
    return grid[inside], q2[inside]


def test_allowed_lines_are_those_of_the_operators(crystal_and_entry):
    """Absences from the definition: h is absent if an operator with hR = h has h·t not whole."""
    structure, entry = crystal_and_entry
    operators = [
        (np.array(op.r().as_double()).reshape(3, 3), np.array(op.t().as_double()))
        for op in structure.space_group().all_ops()
    ]
    hkl, q2 = all_indices(structure.unit_cell(), entry.allowed.q2[-1] * (1 + 1e-9))
    present = np.ones(len(hkl), dtype=bool)
    for rotation, translation in operators:
        same = np.all(np.isclose(hkl @ rotation, hkl), axis=1)
        present &= ~(same & (np.abs(hkl @ translation - np.round(hkl @ translation)) > 1e-6))
    positions = np.sort(q2[present])
    distinct = positions[np.diff(positions, prepend=-1) > 1e-9]
    assert entry.allowed.q2 == pytest.approx(distinct, rel=1e-9)
    assert len(entry.allowed) == 60 or entry.allowed.q2[-1] > 1.6  # to d = 0.77 Å where there are fewer


def test_intensities_are_explicit_sums_over_the_atoms(crystal_and_entry):
    from cctbx.eltbx import xray_scattering

    structure, entry = crystal_and_entry
    p1 = structure.expand_to_p1()
    sites = np.array(p1.sites_frac())
    hkl, q2 = all_indices(structure.unit_cell(), entry.allowed.q2[11] * (1 + 1e-9))
    f = np.zeros(len(hkl), dtype=complex)
    for scatterer, site in zip(p1.scatterers(), sites, strict=True):
        table = xray_scattering.wk1995(scatterer.scattering_type).fetch()
        f += np.array([table.at_d_star_sq(value) for value in q2]) * np.exp(2j * np.pi * hkl @ site)
    sin2 = np.arcsin(np.sqrt(q2) * 1.54 / 2)
    factor = (1 + np.cos(2 * sin2) ** 2) / (np.sin(sin2) ** 2 * np.cos(sin2))
    expected = [np.sum((np.abs(f) ** 2 * factor)[np.isclose(q2, line, rtol=1e-9)]) for line in entry.allowed.q2[:12]]
    inside = entry.allowed.q2[:12] <= CU_Q2_MAX
    found = entry.allowed.intensity[:12]
    assert found[inside] == pytest.approx(np.array(expected)[inside], rel=2e-3, abs=1e-6 * found.max())


def test_indices_give_the_positions_in_the_common_cell(crystal_and_entry):
    structure, entry = crystal_and_entry
    cell = structure.unit_cell().change_basis(sgtbx.change_of_basis_op(entry.change_of_basis))
    assert cell.parameters() == pytest.approx(entry.cell)
    for lines in (*entry.observable, entry.allowed):
        q2 = [cell.d_star_sq(tuple(map(int, h))) for h in lines.hkl]
        assert lines.q2 == pytest.approx(q2, rel=1e-9)
        assert np.all(np.diff(lines.q2) > 0) and len(lines) <= 60
        assert np.all(np.isin(lines.q2.round(9), entry.allowed.q2.round(9)) | (lines.q2 > entry.allowed.q2[-1]))


def test_broader_lines_show_no_more(crystal_and_entry):
    numbers = [len(lines) for lines in crystal_and_entry[1].observable]
    assert sorted(numbers, reverse=True) == numbers and numbers[0] > 0


def test_what_is_said_of_the_crystals(tmp_path):
    said = {}
    for name, text in TEXTS.items():
        path = tmp_path / f"{name}.cif"
        path.write_text(text)
        entry = structure_entry(read_structure(path), name)
        said[name] = entry.bravais_lattice, entry.space_group_number, entry.space_group, entry.formula
    assert said == {
        "nacl": ("cF", 225, "F m -3 m", "Cl0.0208333 Na0.0208333"),
        "silicon": ("cF", 227, "F d -3 m", "Si0.0416667"),
        "quartz": ("hP", 154, "P 32 2 1", "O1 Si0.5"),
        "organic": ("mP", 14, "P 1 21/n 1", "C3 N1 O2"),
        "corundum": ("hR", 167, "R -3 c", "Al0.333333 O0.5"),
    }


def test_lines_beyond_60_degrees_continue_those_before(tmp_path):
    path = tmp_path / "nacl.cif"
    path.write_text(NACL)
    entry = structure_entry(read_structure(path), "nacl")
    near = entry.observable[1].q2 <= CU_Q2_MAX
    assert near.sum() == 5  # 111 200 220 311 222
    assert entry.observable[1].q2[5] * 5.6402**2 == pytest.approx(16)  # 400 is next
    # 400 is about 0.4 times 220: no jump where the two wavelengths meet
    allowed = dict(zip((entry.allowed.q2 * 5.6402**2).round().astype(int), entry.allowed.intensity, strict=True))
    assert 0.05 < allowed[16] / allowed[8] < 0.2
