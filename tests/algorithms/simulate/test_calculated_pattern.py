from __future__ import annotations

import numpy as np
import pytest
from cctbx.eltbx import xray_scattering
from structures import NACL, ORGANIC, QUARTZ, SILICON, cif

from mlindex_plugin.algorithms.simulate.calculated_pattern import (
    PowderLines,
    lorentz_polarisation,
    observable,
    observable_lines,
    pattern_of,
    powder_lines,
)
from mlindex_plugin.errors import InputError


def relative(lines, n):
    return 100 * lines.intensity[:n] / lines.intensity.max()


def test_lorentz_polarisation():
    # theta = 30°: (1 + 1/4) / (1/4 * sqrt(3)/2).
    assert lorentz_polarisation(np.array([1.0]), 1.0) == pytest.approx(1.25 / (0.25 * np.sqrt(3) / 2))


def form_factor(element, q2):
    return np.array([xray_scattering.wk1995(element).fetch().at_d_star_sq(value) for value in q2])


def test_nacl(structure):
    lines = powder_lines(structure(NACL))
    # 111 200 220 311 222: all even or all odd, four formula units, chlorine opposed to sodium where odd.
    assert (lines.q2 * 5.6402**2).round(6).tolist() == [3, 4, 8, 11, 12]
    sign, multiplicity = np.array([-1, 1, 1, -1, 1]), np.array([8, 6, 12, 24, 8])
    f = 4 * (form_factor("Na", lines.q2) + sign * form_factor("Cl", lines.q2))
    assert lines.intensity == pytest.approx(f**2 * multiplicity * lorentz_polarisation(lines.q2, 1.54), rel=1e-3)
    # ICDD 5-628, halite; here the atoms are at rest.
    assert relative(lines, 5) == pytest.approx([13, 100, 55, 2, 15], abs=15)


def test_silicon_has_the_diamond_absences(structure):
    lines = powder_lines(structure(SILICON))
    assert (lines.q2 * 5.4309**2).round(6).tolist() == [3, 8, 11]  # 111 220 311, neither 200 nor 222
    # |F|² is 32 f² for odd indices, 64 f² for 220.
    squared = np.array([32, 64, 32]) * form_factor("Si", lines.q2) ** 2
    multiplicity = np.array([8, 12, 24])
    assert lines.intensity == pytest.approx(squared * multiplicity * lorentz_polarisation(lines.q2, 1.54), rel=1e-3)


def test_quartz(structure):
    lines = powder_lines(structure(QUARTZ))
    d = 1 / np.sqrt(lines.q2)
    # ICDD 46-1045: 100 16, 101 100, 110 9, 102 8, 111 4; 001 and 002 are absent by the threefold screw axis.
    assert d[:5] == pytest.approx([4.25499, 3.34347, 2.45687, 2.28149, 2.23613], abs=6e-4)
    assert relative(lines, 5) == pytest.approx([16, 100, 9, 8, 4], abs=7)
    assert len(np.unique(lines.q2.round(9))) == len(lines)


def test_organic_against_explicit_sums(structure):
    crystal = structure(ORGANIC)
    lines = powder_lines(crystal)
    hkl = np.array([[h, k, l] for h in range(-11, 12) for k in range(-9, 10) for l in range(-17, 18)])  # noqa: E741
    a, b, c, _, beta, _ = crystal.unit_cell().parameters()
    sin_beta, cos_beta = np.sin(np.radians(beta)), np.cos(np.radians(beta))
    h, k, l = hkl.T  # noqa: E741
    q2 = (h**2 / a**2 + l**2 / c**2 - 2 * h * l * cos_beta / (a * c)) / sin_beta**2 + k**2 / b**2

    amplitude = np.zeros(len(hkl), dtype=complex)
    for scatterer in crystal.scatterers():
        x, y, z = scatterer.site
        factor = form_factor(scatterer.scattering_type, q2)
        for site in ((x, y, z), (-x, -y, -z), (-x, y + 0.5, 0.5 - z), (x, 0.5 - y, z + 0.5)):
            amplitude += factor * np.exp(2j * np.pi * hkl @ np.array(site))
    for position, intensity, index in zip(lines.q2, lines.intensity, lines.hkl, strict=True):
        here = np.abs(q2 - position) < 1e-8
        assert (np.abs(hkl[here]) == np.abs(index)).all(axis=1).any()
        expected = np.sum(np.abs(amplitude[here]) ** 2) * lorentz_polarisation(position, 1.54)
        assert intensity == pytest.approx(expected, rel=1e-3)


def test_organic_absences(structure):
    h, k, l = powder_lines(structure(ORGANIC)).hkl.T  # noqa: E741
    assert not np.any((k == 0) & (l % 2 == 1))
    assert not np.any((h == 0) & (l == 0) & (k % 2 == 1))


def test_lines_that_coincide_are_one(structure):
    # In a cubic cell 300 and 221 share their place.
    cubic = structure(cif("cubic", (6, 6, 6, 90, 90, 90), "P m -3 m", "Cs Cs 0 0 0\nCl Cl 0.5 0.5 0.5"))
    sums = (powder_lines(cubic).q2 * 36).round(6)
    assert np.count_nonzero(sums == 9) == 1
    assert np.all(np.diff(sums) > 0)


def test_pattern_has_unit_integral(structure):
    lines = powder_lines(structure(QUARTZ))
    q2, density = pattern_of(lines)
    two_theta = 2 * np.degrees(np.arcsin(1.54 * np.sqrt(q2) / 2))
    assert two_theta[[0, -1]] == pytest.approx([2, 60])
    assert np.diff(two_theta) == pytest.approx(0.01)
    assert np.sum((density[1:] + density[:-1]) / 2 * np.diff(q2)) == pytest.approx(1)
    assert q2[np.argmax(density)] == pytest.approx(lines.q2[1], abs=1e-4)


def lines_at(q2, intensity):
    hkl = np.array([[i + 1, 0, 0] for i in range(len(q2))])
    return PowderLines(np.array(q2), hkl, np.array(intensity), 1.54, 60.0)


def test_observable_keeps_the_strongest_of_overlapping_lines():
    # The breadth at 0.1 is 6e-4: the middle two lines make one peak, the last is too weak.
    lines = lines_at([0.05, 0.1, 0.1004, 0.15, 0.2], [1.0, 0.5, 2.0, 1.0, 1e-4])
    assert observable(lines).q2.tolist() == [0.05, 0.1004, 0.15]


def test_observable_positions_are_exact_lines(structure):
    lines = powder_lines(structure(ORGANIC))
    found = observable(lines)
    assert 20 <= len(found) < len(lines)
    assert np.isin(found.q2, lines.q2).all()
    assert np.all(np.diff(found.q2) > 0)


def test_observable_lines_of_a_known_case(structure):
    found = observable_lines(structure(QUARTZ))
    assert found.wavelength == 0.7107  # 60 degrees of Cu K-alpha show fewer than 20 lines
    assert found.q2[-1] <= 1 / 0.77**2 + 1e-9
    # The lines that every laboratory pattern of quartz shows: 100 101 110 102 111 200 201 112.
    d = 1 / np.sqrt(found.q2[:8])
    assert d == pytest.approx([4.25499, 3.34347, 2.45687, 2.28149, 2.23613, 2.12771, 1.97986, 1.81796], abs=6e-4)


def test_observable_lines_stop_at_60_degrees_where_they_suffice(structure):
    found = observable_lines(structure(ORGANIC))
    assert found.wavelength == 1.54
    assert len(found) >= 20
    assert found.q2[-1] <= (1 / 1.54) ** 2 + 1e-9


def test_further_lines_do_not_cost_earlier_ones(structure):
    near, far = observable(powder_lines(structure(NACL))), observable_lines(structure(NACL))
    assert np.isin(near.q2.round(9), far.q2.round(9)).all()
    assert len(far) > len(near)


def test_no_line_in_range(structure):
    tiny = structure(cif("tiny", (1.2, 1.2, 1.2, 90, 90, 90), "P m -3 m", "H H 0 0 0"))
    with pytest.raises(InputError, match="no reflection above d = 1.540"):
        powder_lines(tiny)
