from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_crystals import lines_of, peak_list, refined, sigma_of

from mlindex_plugin.algorithms.ranking import log_evidence
from mlindex_plugin.algorithms.search import observe

CELLS = {
    "aP": (7.1, 8.9, 11.2, 96.0, 104.0, 99.0),
    "mP": (7.4, 5.9, 14.9, 90, 95.4, 90),
    "oP": (6.2, 8.1, 13.3, 90, 90, 90),
}


def evidence(symbol, q2, cell=None, degrees=0.02, **more):
    """Evidence of a cell, the lattice's own by default, on peaks."""
    peaks = observe(peak_list(q2, degrees, **more))
    (value,) = log_evidence(refined(symbol, cell or CELLS[symbol], peaks), peaks)
    return value


def scaled(cell, axis, factor):
    lengths = list(cell)
    lengths[axis] *= factor
    return tuple(lengths)


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("symbol", CELLS)
def test_the_true_cell_is_likelier_than_its_double_and_its_half(symbol, axis):
    q2 = lines_of(symbol, CELLS[symbol], 20)
    true = evidence(symbol, q2)
    assert true > evidence(symbol, q2, scaled(CELLS[symbol], axis, 2)) + 15
    assert true > evidence(symbol, q2, scaled(CELLS[symbol], axis, 0.5)) + 60


def test_smaller_errors_say_more_where_the_lines_agree():
    q2 = lines_of("mP", CELLS["mP"], 20)
    values = [evidence("mP", q2, degrees=degrees, sigma_measured=True) for degrees in (0.1, 0.02, 0.004)]
    assert values[0] + 10 < values[1]
    assert values[1] + 10 < values[2]


def test_measured_errors_are_held_to_and_default_ones_are_not():
    q2 = lines_of("mP", CELLS["mP"], 20)
    displaced = q2 + 0.3 * sigma_of(q2) * np.random.default_rng(2).standard_normal(20)
    honest = evidence("mP", displaced, degrees=0.006, sigma_measured=True)
    # errors stated thirty times too small, which happens, and three thousand times
    assert honest - 10 < evidence("mP", displaced, degrees=0.0002, sigma_measured=True) < honest
    assert evidence("mP", displaced, degrees=2e-6, sigma_measured=True) < honest - 20
    # errors stated fifteen times too large
    assert evidence("mP", displaced, degrees=0.1, sigma_measured=True) < honest - 20
    assert abs(evidence("mP", displaced, degrees=0.1, sigma_measured=False) - honest) < 5


def test_each_foreign_line_costs():
    q2 = lines_of("mP", CELLS["mP"], 20)
    gaps = np.argsort(-np.diff(q2))
    values = []
    for n_foreign in range(4):
        foreign = (q2[gaps[:n_foreign]] + q2[gaps[:n_foreign] + 1]) / 2
        values.append(evidence("mP", np.sort(np.concatenate([q2, foreign]))))
    assert np.all(np.diff(values) < -2)
    assert values[3] > 30


def test_each_missing_line_costs():
    q2 = lines_of("mP", CELLS["mP"], 24)
    values = [evidence("mP", np.delete(q2, np.arange(3, 3 + 2 * n, 2))) for n in range(4)]
    assert np.all(np.diff(values) < -2)


def test_a_zero_shift_within_its_prior_is_likelier_than_one_beyond():
    q2 = lines_of("mP", CELLS["mP"], 20)
    peaks = observe(peak_list(q2, wavelength=1.54, unit="two_theta"))
    found = refined("mP", CELLS["mP"], peaks)
    displaced = found.line + 0.08 * peaks.shift_column
    same_misfit = replace(peaks, q2=displaced[0])
    (near,) = log_evidence(found, peaks)
    (far,) = log_evidence(replace(found, shift=np.array([0.08])), same_misfit)
    # two standard deviations of the prior: a Gaussian's exponent of 2
    assert near - far == pytest.approx(2, abs=0.5)


def test_an_unphysical_candidate_has_none():
    peaks = observe(peak_list(lines_of("mP", CELLS["mP"], 20)))
    found = refined("mP", CELLS["mP"], peaks)
    assert log_evidence(replace(found, n_lines=np.zeros(1, int)), peaks) == -np.inf
