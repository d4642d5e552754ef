"""First lines and acceptance: fitted, and drawn again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from mlindex_plugin.algorithms.simulate.augmentation.line_statistics import (
    BLOCKED,
    FIRST,
    FREE,
    SHARED,
    LineStatistics,
    gaps,
    line_cases,
    mark_observed,
    unresolved_distance,
)
from mlindex_plugin.algorithms.simulate.augmentation.resampling import acceptance_at, resample, select_lines
from mlindex_plugin.errors import InputError

NODES = (np.array([0.0, 1.0]), np.array([-20.0, 5.0]), np.array([0.0, 10.0]))


def selected(q2, rho, reach, uniforms, first=0, most=60):
    surface = np.full((2, 2, 2), rho)
    chosen = select_lines(
        np.array(q2), np.full(len(q2), reach), first, np.array(uniforms), most, np.log(500.0), *NODES, surface
    )
    return chosen.tolist()


def test_the_unresolved_distance_is_two_thirds_of_the_width():
    assert unresolved_distance(0.1, 1.5) == pytest.approx(2.3548 / 1.5 * 1.5 * (0.0001 + 0.005 * 0.1), rel=1e-4)


def test_case_1_a_line_within_reach_of_the_selected_one_is_rejected():
    assert selected([0.1, 0.104, 0.12], 1.0, 0.005, [0, 0, 0]) == [True, False, True]
    # reach counts from the selected line, not from a rejected one
    assert selected([0.1, 0.104, 0.107], 1.0, 0.005, [0, 0, 0]) == [True, False, True]


def test_case_2_a_free_line_is_accepted_with_rho():
    assert selected([0.1, 0.12, 0.14], 0.6, 0.005, [0, 0.59, 0.61]) == [True, True, False]


def test_case_3_a_line_before_an_unresolved_one_has_half_the_chance():
    assert selected([0.1, 0.12, 0.122], 0.6, 0.005, [0, 0.29, 0.0]) == [True, True, False]
    # rejected itself, it leaves the next one free, with the whole chance
    assert selected([0.1, 0.12, 0.122], 0.6, 0.005, [0, 0.31, 0.59]) == [True, False, True]


def test_selection_starts_at_the_first_line_and_stops_at_the_most():
    q2 = [0.1, 0.12, 0.14, 0.16]
    assert selected(q2, 1.0, 0.005, [0] * 4, first=1) == [False, True, True, True]
    assert selected(q2, 1.0, 0.005, [0] * 4, most=2) == [True, True, False, False]


def test_cases_of_observed_lines():
    q2 = np.array([0.01, 0.10, 0.102, 0.12, 0.122, 0.14])
    observed = np.array([False, True, False, True, False, False])
    cases = line_cases(q2, observed, np.full(6, 0.005))
    assert cases.tolist() == [FIRST, FIRST, BLOCKED, SHARED, BLOCKED, FREE]


def test_gaps_are_to_the_nearest_neighbour():
    np.testing.assert_allclose(gaps(np.array([0.1, 0.15, 0.16, 0.3])), [0.05, 0.01, 0.01, 0.14])
    assert gaps(np.array([0.1])).tolist() == [np.inf]


def test_observed_lines_are_found_among_the_allowed_ones():
    allowed = np.array([0.1, 0.2, 0.3])
    assert mark_observed(allowed, np.array([0.1, 0.3])).tolist() == [True, False, True]
    assert mark_observed(allowed, np.array([0.2, 0.4])).tolist() == [False, True, False]
    assert mark_observed(np.array([0.1]), np.array([0.1])).tolist() == [True]
    assert mark_observed(np.array([]), np.array([0.1])).tolist() == []


def known_surface():
    """Acceptance that falls with q2 and volume and rises with the gap."""
    nodes = (np.array([0.0, 0.4]), np.log([1e-4, 2e-2]), np.log([200.0, 5000.0]))
    q2, gap, volume = np.meshgrid([0.0, 1.0], [0.0, 1.0], [0.0, 1.0], indexing="ij")
    return LineStatistics(1.0, np.array([0.7, 0.9, 1.0]), *nodes, 0.6 - 0.35 * q2 + 0.3 * gap - 0.15 * volume)


def random_lists(n, rng):
    volumes = np.exp(rng.uniform(np.log(200), np.log(5000), n))
    return [np.sort(rng.uniform(0.002, 0.4, 150)) for _ in range(n)], volumes


def test_interpolation_is_that_of_scipy():
    rng = np.random.default_rng(0)
    nodes = [np.sort(rng.random(n)) for n in (4, 5, 3)]
    surface = rng.random((4, 5, 3))
    points = rng.uniform(0, 1, (200, 3))
    corners = np.array([[axis[0] for axis in nodes], [axis[-1] for axis in nodes]])
    expected = RegularGridInterpolator(nodes, surface)(np.clip(points, *corners))
    np.testing.assert_allclose([acceptance_at(*point, *nodes, surface) for point in points], expected)
    statistics = LineStatistics(1.0, np.ones(1), *nodes, surface)
    given = statistics.rho(points[:, 0], np.exp(points[:, 1]), np.exp(points[:, 2]))
    np.testing.assert_allclose(given, expected)


def test_the_fit_finds_the_statistics_that_lines_were_drawn_by():
    truth, rng = known_surface(), np.random.default_rng(4)
    allowed, volumes = random_lists(3000, rng)
    observed = [q2[resample(q2, v, [truth], rng)[0]] for q2, v in zip(allowed, volumes, strict=True)]
    fitted = LineStatistics.fit(allowed, observed, volumes, 1.0)
    np.testing.assert_allclose(fitted.first[:3], truth.first, atol=0.03)
    q2, gap, volume = rng.uniform(0.03, 0.35, 300), np.exp(rng.uniform(-7.5, -5, 300)), rng.uniform(400, 4000, 300)
    difference = fitted.rho(q2, gap, volume) - truth.rho(q2, gap, volume)
    assert np.abs(difference).max() < 0.12 and np.abs(difference.mean()) < 0.01 and difference.std() < 0.035


def test_nothing_is_observed_below_two_degrees():
    q2 = np.array([1e-4, 4e-4, 0.01, 0.02, 0.03])
    statistics = [known_surface()] * 2
    for seed in range(20):
        drawn = resample(q2, 500.0, statistics, np.random.default_rng(seed))
        assert not any(chosen[:2].any() for chosen in drawn) and all(chosen.any() for chosen in drawn)
        assert drawn[0].tolist() == drawn[1].tolist()  # the same random numbers for every broadening
    assert not resample(q2[:2], 500.0, statistics, np.random.default_rng(0))[0].any()


def test_lists_without_a_second_line_are_refused():
    lines = [np.array([0.1, 0.2, 0.3])] * 5
    with pytest.raises(InputError, match="no line is observed behind a first one"):
        LineStatistics.fit(lines, [np.array([0.3])] * 5, [500.0] * 5, 1.0)
