from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from known_crystals import WAVELENGTH, lines_of, peak_list, q2_of, ranked, sigma_of, two_theta_of

from mlindex_plugin.algorithms.lattice import direct_metric_from_cells
from mlindex_plugin.algorithms.ranking import build_solution, find_alternatives, rank, relatives
from mlindex_plugin.algorithms.search import observe, refine_cells

CUBIC = (6.1, 6.1, 6.1, 90, 90, 90)
MONOCLINIC = (7.4, 5.9, 14.9, 90, 95.4, 90)
TRICLINIC = (7.1, 8.9, 11.2, 96.0, 104.0, 99.0)


def noisy(symbol, cell, n=20, degrees=0.02, seed=1):
    """Lines, those within an error of each other as one, with errors of the size that the list states."""
    q2 = lines_of(symbol, cell, 2 * n)
    pairs = np.flatnonzero(np.diff(q2) < sigma_of(q2[1:], degrees))
    q2[pairs] = (q2[pairs] + q2[pairs + 1]) / 2
    q2 = np.delete(q2, pairs + 1)[:n]
    moved = np.sort(q2 + sigma_of(q2, degrees) * np.random.default_rng(seed).standard_normal(n))
    return peak_list(moved, degrees, sigma_measured=True, wavelength=WAVELENGTH)


def with_relatives(symbol, cell, observed):
    """A cell with all its relatives, ranked together as a search does it."""
    (entry,) = ranked([(symbol, cell)], observed)
    found = [(s, refine_cells(s, x[None], observed)) for s, x in relatives(entry, observed)]
    return rank([(entry.symbol, entry.refined), *found], observed)


def doubles(peaks):
    """The cell with its first and with its second axis doubled, as if they were equally likely."""
    a, b, c, *angles = MONOCLINIC
    entries = [ranked([("mP", cell)], observe(peaks))[0] for cell in ((2 * a, b, c, *angles), (a, 2 * b, c, *angles))]
    return [replace(entry, evidence=200.0 - i) for i, entry in enumerate(entries)]


def one(alternatives, symbol):
    (found,) = [alternative for alternative in alternatives if alternative.bravais_lattice == symbol]
    return found


def test_a_cubic_lattice_and_its_tetragonal_companion():
    observed = observe(noisy("cP", CUBIC, seed=2))
    entries = with_relatives("cP", CUBIC, observed)
    assert entries[0].symbol == "cP"
    cubic, *_ = find_alternatives(entries, observed, WAVELENGTH)
    assert {a.bravais_lattice for a in cubic} == {"tP", "oC"}
    tetragonal = one(cubic, "tP")
    assert tetragonal.unit_cell == pytest.approx((6.1 / 2**0.5, 6.1 / 2**0.5, 6.1, 90, 90, 90), rel=1e-3)
    assert tetragonal.volume == pytest.approx(6.1**3 / 2, rel=1e-3)
    assert tetragonal.indices == (1, 2)
    assert tetragonal.same_lines and tetragonal.geometric
    assert (tetragonal.deciding_lines, tetragonal.n_deciding_lines) == ((), 0)
    (alone,) = ranked([("tP", tetragonal.unit_cell)], observed)
    assert tetragonal.score_difference == pytest.approx(alone.evidence - entries[0].evidence, abs=1e-3)
    assert one(cubic, "oC").indices == (1, 3)


def test_the_companion_is_named_also_where_the_search_did_not_rank_it():
    observed = observe(noisy("cP", CUBIC))
    (cubic,) = find_alternatives(ranked([("cP", CUBIC)], observed), observed, WAVELENGTH)
    assert {(a.bravais_lattice, a.rank, a.geometric) for a in cubic} == {("tP", None, True), ("oC", None, True)}
    tetragonal = (6.1 / 2**0.5, 6.1 / 2**0.5, 6.1, 90, 90, 90)
    (found,) = find_alternatives(ranked([("tP", tetragonal)], observed), observed, WAVELENGTH)
    assert one(found, "cP").indices == (2, 1)
    assert one(found, "cP").score_difference > 0


@pytest.mark.parametrize(
    "symbol, cell, companion, companions_cell",
    [
        ("cP", CUBIC, "tP", (6.1 / 2**0.5, 6.1 / 2**0.5, 6.1, 90, 90, 90)),
        ("hP", (4.9137, 4.9137, 5.4047, 90, 90, 120), "oP", (2.45685, 4.25539, 5.4047, 90, 90, 90)),
        ("hR", (4.8, 4.8, 13.0, 90, 90, 120), "mP", (4.54899, 2.4, 4.15692, 90, 107.7317, 90)),
    ],
)
def test_relatives_lead_to_the_lattice_with_the_same_lines_and_fewer_parameters(
    symbol, cell, companion, companions_cell
):
    observed = observe(noisy(symbol, cell))
    entries = with_relatives(companion, companions_cell, observed)
    place = [entry.symbol for entry in entries].index(companion)
    named = one(find_alternatives(entries, observed, WAVELENGTH)[place], symbol)
    assert named.rank is not None and named.geometric and named.indices == (2, 1)
    assert named.unit_cell == pytest.approx(cell, rel=2e-3)


def test_the_matrix_leads_from_the_cell_to_the_alternative():
    observed = observe(noisy("hP", (4.9137, 4.9137, 5.4047, 90, 90, 120)))
    entries = with_relatives("hP", (4.9137, 4.9137, 5.4047, 90, 90, 120), observed)
    cell = build_solution(entries[0], observed, 1, WAVELENGTH).unit_cell
    for alternative in find_alternatives(entries, observed, WAVELENGTH)[0]:
        matrix = np.array(alternative.matrix)
        moved = matrix @ direct_metric_from_cells(np.array(cell)) @ matrix.T
        np.testing.assert_allclose(moved, direct_metric_from_cells(np.array(alternative.unit_cell)), atol=0.05)
        ratio = alternative.volume / (4.9137**2 * 5.4047 * 3**0.5 / 2)
        assert abs(np.linalg.det(matrix)) == pytest.approx(ratio, rel=1e-3)


def test_two_doubled_cells_and_the_lines_that_decide_between_them():
    peaks = noisy("mP", MONOCLINIC)
    first, second = find_alternatives(doubles(peaks), observe(peaks), WAVELENGTH)
    (other,), (back,) = first, second
    assert other.indices == back.indices == (2, 2)
    assert (other.rank, back.rank) == (2, 1)
    assert not other.same_lines and not other.geometric
    assert other.n_deciding_lines == back.n_deciding_lines > 20
    assert len(other.deciding_lines) == 20
    # the second predicts the odd orders of the axis that it doubles
    lines = [line for line in other.deciding_lines if line.of_alternative]
    assert lines[0].d == pytest.approx(2 * MONOCLINIC[1], rel=2e-3)
    assert other.score_difference == -back.score_difference == -1
    for line in other.deciding_lines:
        assert line.q2 == pytest.approx(line.d**-2)
        assert line.two_theta == pytest.approx(two_theta_of(line.q2))
        assert line.observed is (None if line.q2 > peaks.q2[-1] else False)
        assert line.q2 < other.q2_limit == pytest.approx(1.5 * peaks.q2[-1])


def test_the_true_cell_has_no_alternative_in_its_doubles():
    observed = observe(noisy("mP", MONOCLINIC))
    entries = with_relatives("mP", MONOCLINIC, observed)
    a, b, c, *angles = MONOCLINIC
    doubled = ranked([("mP", (2 * a, b, c, *angles)), ("mP", (a, 2 * b, c, *angles))], observed)
    entries = rank([(e.symbol, e.refined) for e in (*entries, *doubled)], observed)
    assert len(entries) >= 3
    assert find_alternatives(entries, observed, WAVELENGTH)[0] == ()


def test_a_cell_that_is_orthorhombic_within_the_errors():
    pseudo = (7.4, 5.9, 14.9, 90, 90.03, 90)
    observed = observe(noisy("mP", pseudo, degrees=0.05))
    (found,) = find_alternatives(ranked([("mP", pseudo)], observed), observed, WAVELENGTH)
    orthorhombic = one(found, "oP")
    assert orthorhombic.unit_cell == pytest.approx((5.9, 7.4, 14.9, 90, 90, 90), rel=2e-3)
    assert orthorhombic.indices == (1, 1)
    assert orthorhombic.same_lines and not orthorhombic.geometric
    assert 0 < orthorhombic.deviation < 0.3


def test_a_cell_that_is_clearly_not_orthorhombic():
    pseudo = (7.4, 5.9, 14.9, 90, 90.6, 90)
    observed = observe(noisy("mP", pseudo, degrees=0.02))
    assert find_alternatives(ranked([("mP", pseudo)], observed), observed, WAVELENGTH) == [()]


def test_the_lower_symmetry_of_the_same_lattice_is_not_named():
    observed = observe(noisy("oP", (5.9, 7.4, 14.9, 90, 90, 90)))
    (found,) = find_alternatives(ranked([("oP", (5.9, 7.4, 14.9, 90, 90, 90))], observed), observed, WAVELENGTH)
    assert found == ()


def test_a_triclinic_cell_is_alone():
    observed = observe(noisy("aP", TRICLINIC))
    entries = with_relatives("aP", TRICLINIC, observed)
    assert find_alternatives(entries, observed, WAVELENGTH)[0] == ()


def test_what_chance_explains_as_well_has_no_alternatives():
    peaks = peak_list(np.sort(np.random.default_rng(3).uniform(0.01, 0.15, 20)), 0.02, sigma_measured=True)
    entries = ranked([("mP", MONOCLINIC), ("oP", (5.9, 7.4, 14.9, 90, 90, 90))], observe(peaks))
    assert entries[0].evidence < 0
    assert find_alternatives(entries, observe(peaks), None) == [()] * len(entries)
    assert find_alternatives([], observe(peaks), None) == []


def test_five_entries_at_most_have_alternatives_and_five_each():
    observed = observe(noisy("cP", CUBIC))
    (entry,) = ranked([("cP", CUBIC)], observed)
    many = [replace(entry, evidence=entry.evidence - 0.1 * i) for i in range(9)]
    found = find_alternatives(many, observed, WAVELENGTH)
    assert [len(alternatives) for alternatives in found] == [5] * 5


def test_positions_of_deciding_lines_include_the_zero_shift():
    two_theta = two_theta_of(lines_of("mP", MONOCLINIC, 20)) + 0.05
    peaks = peak_list(q2_of(two_theta), 0.01, unit="two_theta", wavelength=WAVELENGTH, sigma_measured=True)
    ((other,), _) = find_alternatives(doubles(peaks), observe(peaks), WAVELENGTH)
    for line in other.deciding_lines:
        assert line.two_theta == pytest.approx(two_theta_of(line.q2) + 0.05, abs=0.003)


def test_without_a_wavelength_there_is_no_angle_and_beyond_its_reach_no_line():
    peaks = noisy("mP", MONOCLINIC)
    observed, entries = observe(peaks), doubles(peaks)
    ((other,), _) = find_alternatives(entries, observed, None)
    assert all(line.two_theta is None for line in other.deciding_lines)
    wavelength = 1.98 / observed.q2[-1] ** 0.5
    ((other,), _) = find_alternatives(entries, observed, wavelength)
    assert other.q2_limit == pytest.approx(4 / wavelength**2, rel=1e-5)
    assert all(np.isfinite(line.two_theta) for line in other.deciding_lines)


def test_it_takes_a_tenth_of_a_second():
    observed = observe(noisy("cP", CUBIC))
    entries = with_relatives("cP", CUBIC, observed)
    find_alternatives(entries, observed, WAVELENGTH)
    started = time.process_time()
    find_alternatives(entries, observed, WAVELENGTH)
    assert time.process_time() - started < 0.3
