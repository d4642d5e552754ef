"""Errors of phases refined together are those of one normal matrix."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_crystals import WAVELENGTH, lines_of, peak_list, q2_of, sigma_of, two_theta_of

from mlindex_plugin.algorithms.phases import joint_fit
from mlindex_plugin.algorithms.phases.joint_solutions import joint_solutions
from mlindex_plugin.algorithms.ranking import build_solution
from mlindex_plugin.algorithms.search import observe

A_CUBIC = 6.31
A, C = 4.913, 5.405
STARTS = [("cP", np.array([A_CUBIC**-2])), ("hP", np.array([4 / 3 / A**2, C**-2]))]


@pytest.fixture
def peaks():
    cubic = lines_of("cP", (A_CUBIC, A_CUBIC, A_CUBIC, 90, 90, 90), 18)
    hexagonal = lines_of("hP", (A, A, C, 90, 90, 120), 30)
    two_theta = two_theta_of(np.sort(np.concatenate([cubic, hexagonal[hexagonal < cubic[-1]]])))
    apart = np.append(True, np.diff(two_theta) > 0.3)
    return peak_list(q2_of(two_theta[apart] + 0.03), 0.01, unit="two_theta", wavelength=WAVELENGTH)


def test_errors_are_those_of_the_normal_matrix_of_all_phases(peaks):
    observed = observe(peaks)
    fit = joint_fit(STARTS, observed)
    cubic, hexagonal = joint_solutions(fit.entries, observed, WAVELENGTH)
    h, k, l = cubic.hkl.T  # noqa: E741
    rows = [np.stack([h * h + k * k + l * l, 0 * h, 0 * h], axis=1)[cubic.indexed]]
    h, k, l = hexagonal.hkl.T  # noqa: E741
    rows += [np.stack([0 * h, h * h + h * k + k * k, l * l], axis=1)[hexagonal.indexed]]
    q2 = np.concatenate([peaks.q2[cubic.indexed], peaks.q2[hexagonal.indexed]])
    by_shift = (q2_of(two_theta_of(q2) + 1e-4) - q2_of(two_theta_of(q2) - 1e-4)) / 2e-4
    design = np.column_stack([np.concatenate(rows), by_shift]) / sigma_of(q2, 0.01)[:, None]
    covariance = np.linalg.inv(design.T @ design + np.diag([0, 0, 0, 0.04**-2]))
    assert cubic.zero_shift_sigma == pytest.approx(hexagonal.zero_shift_sigma, rel=1e-9)
    assert cubic.zero_shift_sigma == pytest.approx(covariance[3, 3] ** 0.5, rel=1e-5)
    assert cubic.unit_cell_sigma[0] == pytest.approx(A_CUBIC**3 / 2 * covariance[0, 0] ** 0.5, rel=1e-3)
    assert hexagonal.unit_cell_sigma[2] == pytest.approx(C**3 / 2 * covariance[2, 2] ** 0.5, rel=1e-3)
    alone = [build_solution(entry, observed, 1, WAVELENGTH).zero_shift_sigma for entry in fit.entries]
    assert cubic.zero_shift_sigma < 0.95 * min(alone)


@pytest.mark.parametrize("change, word", [({}, "fix"), ({"unit": "d"}, "auto")])
def test_without_a_zero_shift_phases_share_nothing(peaks, change, word):
    observed = observe(replace(peaks, **change), word)
    fit = joint_fit(STARTS, observed)
    for entry, solution in zip(fit.entries, joint_solutions(fit.entries, observed, WAVELENGTH), strict=True):
        assert (solution.zero_shift, solution.zero_shift_sigma) == (None, None)
        assert solution.unit_cell_sigma == build_solution(entry, observed, 1, WAVELENGTH).unit_cell_sigma
