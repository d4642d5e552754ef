from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_crystals import WAVELENGTH, lines_of, peak_list, ranked, sigma_of

from mlindex_plugin.algorithms.ranking.line_differences import apart, deciding_lines, predicted_lines, standard_error
from mlindex_plugin.algorithms.search import observe

TETRAGONAL = (5.1, 5.1, 7.3, 90, 90, 90)
DOUBLED = (5.1, 5.1, 14.6, 90, 90, 90)


def lines_of_entry(symbol, cell, observed):
    (entry,) = ranked([(symbol, cell)], observed)
    return predicted_lines(entry, observed, WAVELENGTH)


@pytest.fixture
def observed():
    return observe(peak_list(lines_of("tP", TETRAGONAL, 20), 0.02, wavelength=WAVELENGTH, sigma_measured=True))


def test_every_distinct_line_is_predicted(observed):
    lines = lines_of_entry("tP", TETRAGONAL, observed)
    exact = lines_of("tP", TETRAGONAL, 80)
    assert 1.5 * observed.q2[-1] < lines.q2[-1] < 1.6 * observed.q2[-1]
    np.testing.assert_allclose(lines.q2, exact[: len(lines.q2)], rtol=1e-6)


def test_the_errors_of_predicted_lines_are_their_scatter(observed):
    rng = np.random.default_rng(5)
    q2 = observed.q2
    found = []
    for _ in range(200):
        moved = np.sort(q2 + sigma_of(q2, 0.02) * rng.standard_normal(len(q2)))
        again = observe(peak_list(moved, 0.02, wavelength=WAVELENGTH, sigma_measured=True))
        found.append(lines_of_entry("tP", TETRAGONAL, again))
    n = min(len(lines.q2) for lines in found)
    scatter = np.std([lines.q2[:n] for lines in found], axis=0)
    ratio = scatter / np.mean([lines.sigma[:n] for lines in found], axis=0)
    # 200 draws know a standard deviation to 5 %; the robust weights cost a little efficiency
    assert np.all((0.8 < ratio) & (ratio < 1.3)), ratio


def test_lines_of_a_doubled_cell_that_the_true_one_lacks(observed):
    true, doubled = lines_of_entry("tP", TETRAGONAL, observed), lines_of_entry("tP", DOUBLED, observed)
    assert not apart(true, doubled, observed).any()
    found = deciding_lines(true, doubled, observed, WAVELENGTH)
    assert all(line.of_alternative for line in found)
    assert [line.d for line in found[:3]] == pytest.approx([14.6, 14.6 / 3, 4.815], rel=1e-3)
    inside = [line for line in found if line.q2 < observed.q2[-1]]
    assert len(inside) < len(found)
    assert {line.observed for line in inside} == {False}
    assert {line.observed for line in found if line not in inside} == {None}
    assert all(line.q2 < 1.5 * observed.q2[-1] for line in found)
    # the other way round the same lines decide, of the solution then
    back = deciding_lines(doubled, true, observed, WAVELENGTH)
    assert [line.q2 for line in back] == [line.q2 for line in found]
    assert not any(line.of_alternative for line in back)


def test_lines_with_a_peak_are_marked(observed):
    true, doubled = lines_of_entry("tP", TETRAGONAL, observed), lines_of_entry("tP", DOUBLED, observed)
    seen = np.sort(np.append(observed.q2, (1 / 14.6) ** 2))
    with_one = observe(peak_list(seen, 0.02, wavelength=WAVELENGTH, sigma_measured=True))
    found = deciding_lines(true, doubled, with_one, WAVELENGTH)
    assert found[0].observed and not found[1].observed


def test_the_standard_error_grows_beyond_the_last_peak(observed):
    last = observed.q2[-1]
    errors = standard_error(np.array([observed.q2[3], last, 1.5 * last]), observed)
    assert errors == pytest.approx([observed.sigma[3], observed.sigma[-1], 1.5 * observed.sigma[-1]])


def test_a_cell_with_too_many_lines_is_not_listed(observed):
    (entry,) = ranked([("oP", (5, 6, 7, 90, 90, 90))], observed)
    entry = replace(entry, refined=replace(entry.refined, x=1e-3 * entry.refined.x))
    assert predicted_lines(entry, observed, WAVELENGTH) is None
