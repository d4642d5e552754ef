from __future__ import annotations

import numpy as np
import pytest
from cctbx import uctbx
from known_crystals import (
    WAVELENGTH,
    lines_of,
    peak_list,
    q2_of,
    ranked,
    same_lattice,
    sigma_of,
    two_theta_of,
)

from mlindex_plugin.algorithms.ranking import build_solution, with_scale_error
from mlindex_plugin.algorithms.search import observe

# search setting, and what users see
CELLS = {
    "mP": ((14.9, 5.9, 7.4, 90, 95.4, 90), (7.4, 5.9, 14.9, 90, 95.4, 90)),
    "mC": ((9.3, 7.7, 11.5, 90, 102, 90), (13.20105, 7.7, 9.3, 90, 121.55849, 90)),
    "aP": ((11.2, 7.1, 8.9, 99, 96, 104), (7.1, 8.9, 11.2, 96, 104, 99)),
    "oC": ((9.4, 3.7, 6.9, 90, 90, 90), (3.7, 9.4, 6.9, 90, 90, 90)),
    "oF": ((8.1, 11.3, 5.8, 90, 90, 90), (5.8, 8.1, 11.3, 90, 90, 90)),
    "hR": ((4.8, 4.8, 13.0, 90, 90, 120), (4.8, 4.8, 13.0, 90, 90, 120)),
}


def solution(symbol, cell, peaks):
    """The solution of a cell in its search setting, refined on a peak list."""
    observed = observe(peaks)
    return build_solution(ranked([(symbol, cell)], observed)[0], observed, 1, peaks.wavelength)


@pytest.mark.parametrize("symbol", CELLS)
def test_the_conventional_cell_and_its_indices_reproduce_the_lines(symbol):
    cell, conventional = CELLS[symbol]
    q2 = lines_of(symbol, cell, 20)
    found = solution(symbol, cell, peak_list(q2))
    assert found.unit_cell == pytest.approx(conventional, abs=1e-5)
    assert found.n_indexed == found.n_peaks == 20
    d = np.array([uctbx.unit_cell(found.unit_cell).d(tuple(hkl)) for hkl in found.hkl.tolist()])
    np.testing.assert_allclose(1 / d**2, found.q2_calc, rtol=1e-9)
    np.testing.assert_allclose(found.q2_calc, q2, atol=1e-8)
    assert found.volume == pytest.approx(uctbx.unit_cell(conventional).volume(), rel=1e-5)
    assert (found.rank, found.bravais_lattice, found.zero_shift, found.zero_shift_sigma) == (1, symbol, None, None)


@pytest.mark.parametrize("symbol", CELLS)
def test_cell_centring_and_reduced_cell_are_one_lattice(symbol):
    cell, _ = CELLS[symbol]
    found = solution(symbol, cell, peak_list(lines_of(symbol, cell, 20)))
    from cctbx import crystal

    symmetry = crystal.symmetry(unit_cell=found.unit_cell, space_group_symbol=found.space_group)
    assert same_lattice(symmetry.niggli_cell().unit_cell().parameters(), found.niggli_cell)
    # every line is allowed by the centring
    group = symmetry.space_group()
    assert not any(group.is_sys_absent(tuple(hkl)) for hkl in found.hkl.tolist())


@pytest.mark.parametrize("symbol", CELLS)
def test_of_a_friedel_pair_the_last_index_is_positive(symbol):
    cell, _ = CELLS[symbol]
    hkl = solution(symbol, cell, peak_list(lines_of(symbol, cell, 20))).hkl
    assert all([v for v in row if v][-1] > 0 for row in hkl.tolist())


@pytest.mark.parametrize("symbol", CELLS)
def test_every_predicted_line_is_listed(symbol):
    cell, _ = CELLS[symbol]
    q2 = lines_of(symbol, cell, 60)
    found = solution(symbol, cell, peak_list(q2[:20:2]))
    assert np.all(np.diff(found.q2_lines) >= 0)
    distinct = found.q2_lines[np.insert(np.diff(found.q2_lines) > 1e-8, 0, True)]
    np.testing.assert_allclose(distinct, q2[: len(distinct)], atol=1e-7)
    assert q2[len(distinct) - 1] <= found.q2_obs[-1] + 4 * found.sigma[-1] < q2[len(distinct)]


def test_predicted_lines_are_listed_also_where_there_are_very_many():
    peaks = peak_list(lines_of("oP", (6.2, 8.1, 13.3, 90, 90, 90), 20))
    found = solution("oP", (30, 31, 32, 90, 90, 90), peaks)
    exact = lines_of("oP", found.unit_cell, 1000)
    assert len(found.q2_lines) >= np.sum(exact <= found.q2_obs[-1]) > 500


def test_figures_of_merit_by_hand():
    cell, conventional = CELLS["mP"]
    q2 = lines_of("mP", cell, 22)
    seen = np.delete(q2, [4, 11])
    two_theta = two_theta_of(seen) + 0.01 * np.tile([1, -1], 10)[::-1]
    two_theta[-1] = two_theta_of(seen[-1]) + 0.01
    found = solution("mP", cell, peak_list(q2_of(two_theta), wavelength=WAVELENGTH))
    assert found.n_indexed == 20
    lines = lines_of("mP", found.unit_cell, 40)
    n_possible = np.sum(lines <= found.q2_obs[-1])
    assert n_possible == 22
    mean = np.mean(np.abs(found.q2_obs - found.q2_calc))
    assert found.figures_of_merit["M"] == pytest.approx(found.q2_obs[-1] / (2 * mean * n_possible), rel=1e-9)
    mean = np.mean(np.abs(two_theta - two_theta_of(found.q2_calc)))
    assert 0.003 < mean < 0.012
    assert found.figures_of_merit["F"] == pytest.approx(20 / (mean * n_possible), rel=1e-9)


def test_a_foreign_line_is_not_indexed_and_does_not_spoil_the_figures():
    cell, conventional = CELLS["mP"]
    q2 = lines_of("mP", cell, 20)
    gap = np.argmax(np.diff(q2[2:])) + 2
    foreign = (q2[gap] + q2[gap + 1]) / 2
    found = solution("mP", cell, peak_list(np.insert(q2, gap + 1, foreign)))
    assert np.flatnonzero(~found.indexed).tolist() == [gap + 1]
    assert (found.n_indexed, found.n_peaks) == (20, 21)
    assert found.unit_cell == pytest.approx(conventional, rel=1e-4)
    assert found.figures_of_merit["M"] > 1000
    # it is shown beside its nearest line, which belongs to another peak
    distances = np.abs(found.q2_lines - foreign)
    assert abs(found.q2_calc[gap + 1] - foreign) == pytest.approx(distances.min(), rel=1e-6)
    d = uctbx.unit_cell(found.unit_cell).d(tuple(found.hkl[gap + 1].tolist()))
    assert 1 / d**2 == pytest.approx(found.q2_calc[gap + 1])


@pytest.mark.parametrize("shift", [0.03, -0.05])
def test_the_zero_shift_is_observed_minus_true(shift):
    cell, conventional = CELLS["mP"]
    two_theta = two_theta_of(lines_of("mP", cell, 20)) + shift
    found = solution("mP", cell, peak_list(q2_of(two_theta), 0.002, unit="two_theta", wavelength=WAVELENGTH))
    assert found.zero_shift == pytest.approx(shift, abs=0.001)
    assert found.unit_cell == pytest.approx(conventional, rel=1e-4)
    np.testing.assert_allclose(two_theta_of(found.q2_calc), two_theta, atol=0.002)
    # what is compared with the lines is the corrected position
    d = np.array([uctbx.unit_cell(found.unit_cell).d(tuple(hkl)) for hkl in found.hkl.tolist()])
    np.testing.assert_allclose(two_theta_of(1 / d**2), two_theta - shift, atol=0.002)


def test_there_is_no_smith_snyder_without_a_wavelength():
    cell, _ = CELLS["mP"]
    q2 = lines_of("mP", cell, 20)
    assert solution("mP", cell, peak_list(q2)).figures_of_merit["F"] is None
    assert solution("mP", cell, peak_list(q2, wavelength=WAVELENGTH)).figures_of_merit["F"] > 1000


@pytest.mark.parametrize(
    "symbol, cell, free",
    [
        ("cP", (6.1, 6.1, 6.1, 90, 90, 90), (0, 1, 2)),
        ("tP", (5.1, 5.1, 8.4, 90, 90, 90), (0, 1, 2)),
        ("hP", (4.9, 4.9, 7.8, 90, 90, 120), (0, 1, 2)),
        ("oP", (4.8, 6.2, 10.2, 90, 90, 90), (0, 1, 2)),
        ("mP", CELLS["mP"][0], (0, 1, 2, 4)),
        ("mC", CELLS["mC"][0], (0, 1, 2, 4)),
        ("aP", CELLS["aP"][0], (0, 1, 2, 3, 4, 5)),
    ],
)
def test_what_symmetry_fixes_has_no_error(symbol, cell, free):
    found = solution(symbol, cell, peak_list(lines_of(symbol, cell, 20)))
    assert tuple(np.flatnonzero(found.unit_cell_sigma)) == free
    assert all(0 < found.unit_cell_sigma[i] < 0.1 for i in free)
    if symbol in ("tP", "hP", "cP"):
        assert found.unit_cell_sigma[0] == pytest.approx(found.unit_cell_sigma[1])


@pytest.mark.parametrize("symbol", ["mC", "aP"])
def test_the_errors_of_the_cell_are_its_scatter(symbol):
    cell, _ = CELLS[symbol]
    q2, rng = lines_of(symbol, cell, 20), np.random.default_rng(4)
    found = [
        solution(symbol, cell, peak_list(np.sort(q2 + sigma_of(q2, 0.005) * rng.standard_normal(20)), 0.005))
        for _ in range(200)
    ]
    free = np.flatnonzero(found[0].unit_cell_sigma)
    scatter = np.std([s.unit_cell for s in found], axis=0)[free]
    stated = np.mean([s.unit_cell_sigma for s in found], axis=0)[free]
    # 200 draws know a standard deviation to 5 %; the robust weights cost a little efficiency
    assert np.all((0.8 < scatter / stated) & (scatter / stated < 1.25)), scatter / stated


def test_an_axis_that_no_line_speaks_of_has_an_infinite_error():
    cell = (25.0, 4.2, 29.2, 90.0, 95.4, 90.0)
    zone = [(h, 0, l) for h in range(5) for l in range(-6, 7) if (h, l) > (0, 0)]  # noqa: E741
    q2 = np.unique(np.round([uctbx.unit_cell(cell).d(index) ** -2 for index in zone], 8))[:20]
    observed = observe(peak_list(q2))
    (entry,) = ranked([("mP", cell)], observed)
    sigma = build_solution(entry, observed, 1, None).unit_cell_sigma
    assert sigma[1] == np.inf
    assert sigma[3] == sigma[5] == 0
    assert 0 < sigma[0] < 0.1 and 0 < sigma[2] < 0.1 and 0 < sigma[4] < 0.1


def test_the_error_of_the_zero_shift_is_its_scatter():
    cell, _ = CELLS["mP"]
    exact, rng = two_theta_of(lines_of("mP", cell, 20)), np.random.default_rng(6)
    off, stated = [], []
    for shift in rng.normal(0, 0.04, 150):  # as its prior says
        two_theta = np.sort(exact + shift + 0.01 * rng.standard_normal(20))
        found = solution("mP", cell, peak_list(q2_of(two_theta), 0.01, unit="two_theta", wavelength=WAVELENGTH))
        off.append(found.zero_shift - shift)
        stated.append(found.zero_shift_sigma)
    assert 0.003 < np.mean(stated) < 0.02
    # 150 draws know a standard deviation to 6 %; the robust weights cost a little efficiency
    assert 0.8 < np.std(off) / np.mean(stated) < 1.25


def test_the_error_of_the_zero_shift_is_that_of_the_normal_matrix():
    a, sigma = 6.1, 0.02
    q2 = lines_of("cP", (a, a, a, 90, 90, 90), 8)
    found = solution("cP", (a, a, a, 90, 90, 90), peak_list(q2, sigma, unit="two_theta", wavelength=WAVELENGTH))
    # in two-theta: its derivative by x is that of q2 through the angle, that by the shift is one
    two_theta = np.radians(two_theta_of(q2))
    by_x = np.degrees(q2 * a**2 * WAVELENGTH**2 / (2 * np.sin(two_theta)))
    rows = np.column_stack([by_x, np.ones(8)]) / sigma
    covariance = np.linalg.inv(rows.T @ rows + np.diag([0, 1 / 0.04**2]))
    assert found.zero_shift_sigma == pytest.approx(covariance[1, 1] ** 0.5, rel=1e-4)
    assert found.unit_cell_sigma[0] == pytest.approx(a**3 / 2 * covariance[0, 0] ** 0.5, rel=1e-4)


def test_lines_that_say_nothing_of_the_zero_shift_leave_its_prior():
    peaks = peak_list(lines_of("mP", CELLS["mP"][0], 8), 0.9, unit="two_theta", wavelength=WAVELENGTH)
    sigma = solution("mP", CELLS["mP"][0], peaks).zero_shift_sigma
    assert sigma < 0.04 and sigma == pytest.approx(0.04, rel=0.02)


def test_a_calibrated_list_has_no_zero_shift_and_smaller_errors():
    cell, conventional = CELLS["mP"]
    peaks = peak_list(lines_of("mP", cell, 20), unit="two_theta", wavelength=WAVELENGTH)
    observed = observe(peaks, "fix")
    fixed = build_solution(ranked([("mP", cell)], observed)[0], observed, 1, WAVELENGTH)
    refined = solution("mP", cell, peaks)
    assert (fixed.zero_shift, fixed.zero_shift_sigma) == (None, None)
    assert fixed.unit_cell == pytest.approx(conventional, abs=1e-5)
    assert np.all(np.array(fixed.unit_cell_sigma)[[0, 1, 2]] < 0.95 * np.array(refined.unit_cell_sigma)[[0, 1, 2]])


def test_an_error_of_scale_widens_the_lengths_alone():
    cell, _ = CELLS["aP"]
    found = solution("aP", cell, peak_list(lines_of("aP", cell, 20)))
    assert with_scale_error(found, None) is found
    wide = with_scale_error(found, 2e-3)
    added = np.sqrt(np.array(wide.unit_cell_sigma[:3]) ** 2 - np.array(found.unit_cell_sigma[:3]) ** 2)
    assert added == pytest.approx(2e-3 * np.array(found.unit_cell[:3]))
    assert wide.unit_cell_sigma[3:] == found.unit_cell_sigma[3:]
    assert wide.unit_cell == found.unit_cell
