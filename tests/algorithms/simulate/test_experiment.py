from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from scipy.stats import spearmanr

from mlindex_plugin.algorithms.simulate.entry import Lines
from mlindex_plugin.algorithms.simulate.experiment import (
    Experiment,
    LineArrays,
    error_ladder,
    experiment_preset,
    experiment_presets,
    simulate_peak_list,
    simulate_peaks,
    stack_lines,
)
from mlindex_plugin.algorithms.simulate.experiment.contaminants import LONGEST_AXIS, SHORTEST_AXIS, random_phase
from mlindex_plugin.algorithms.simulate.experiment.presets import LEVELS
from mlindex_plugin.errors import InputError

WAVELENGTH = 1.5406


def orthorhombic_lines(n=60, cell=(5.1, 7.3, 9.7), seed=0):
    """The first n lines of a cell, with random intensities."""
    hkl = np.array(list(np.ndindex(7, 7, 7)))[1:]
    q2 = (hkl**2) @ (1 / np.array(cell) ** 2)
    first = np.argsort(q2)[:n]
    return Lines(q2[first], hkl[first], np.random.default_rng(seed).exponential(size=n) + 0.05)


def many(experiment, n=400, lines=None, seed=1, **keywords):
    """`simulate_peaks` of one list n times over."""
    lines = lines or orthorhombic_lines()
    return simulate_peaks(stack_lines([lines] * n), [experiment] * n, np.random.default_rng(seed), **keywords)


def two_theta(q2):
    return 2 * np.degrees(np.arcsin(np.sqrt(q2) * WAVELENGTH / 2))


def test_an_ideal_experiment_changes_nothing():
    lines = orthorhombic_lines()
    for experiment in (Experiment(), error_ladder()["ideal"], experiment_preset("ideal")):
        peaks, truth = simulate_peak_list(lines, experiment, np.random.default_rng(0))
        np.testing.assert_allclose(peaks.q2, lines.q2, rtol=1e-12)
        np.testing.assert_array_equal(truth.line, np.arange(60))
        assert not truth.is_contaminant.any()
        assert (peaks.unit, peaks.wavelength, peaks.sigma_measured) == ("two_theta", WAVELENGTH, False)


def test_lines_are_missed_at_the_rate_asked_for():
    peaks = many(Experiment(missing=0.1))
    rate = 1 - peaks.mask.sum() / (400 * 60)
    assert rate == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 24000))
    # each line alike, whatever its strength
    by_line = np.bincount(peaks.line[peaks.mask], minlength=60) / 400
    assert by_line.min() > 0.9 - 5 * 0.015


def test_weak_lines_are_missed():
    lines = orthorhombic_lines()
    peaks, truth = simulate_peak_list(lines, Experiment(detection_limit=0.2), np.random.default_rng(0))
    expected = np.flatnonzero(lines.intensity >= 0.2 * lines.intensity.max())
    assert 10 < len(expected) < 50
    np.testing.assert_array_equal(truth.line, expected)


def test_extinct_lines_and_lines_before_the_start_are_not_recorded():
    lines = orthorhombic_lines()
    lines.intensity[5] = 0.0
    _, truth = simulate_peak_list(lines, Experiment(two_theta_min=15.0), np.random.default_rng(0))
    expected = [i for i in range(60) if i != 5 and two_theta(lines.q2[i]) >= 15]
    assert expected[0] > 0
    assert truth.line.tolist() == expected


def test_overlapped_lines_are_united_at_their_centre_of_intensity():
    angles = np.array([20.0, 20.04, 25.0, 25.08, 30.0])
    q2 = (2 * np.sin(np.radians(angles / 2)) / WAVELENGTH) ** 2
    lines = Lines(q2, np.zeros((5, 3), int), np.array([1.0, 3.0, 2.0, 1.0, 1.0]))
    peaks, truth = simulate_peak_list(lines, Experiment(resolution=0.1), np.random.default_rng(0))
    # within half of the resolution one peak; within all of it the weaker is a shoulder
    np.testing.assert_allclose(two_theta(peaks.q2), [20.03, 25.0, 30.0], atol=1e-9)
    np.testing.assert_array_equal(truth.line, [1, 2, 4])
    np.testing.assert_allclose(peaks.intensity, [4.0, 2.0, 1.0])


def test_errors_are_constant_in_two_theta():
    peaks = many(Experiment(sigma=0.01))
    error = two_theta(peaks.q2[peaks.mask]) - two_theta(peaks.true_q2[peaks.mask])
    assert error.mean() == pytest.approx(0, abs=0.0003)
    assert error.std() == pytest.approx(0.01, rel=0.03)
    low = peaks.true_q2[peaks.mask] < 0.1
    assert error[low].std() == pytest.approx(error[~low].std(), rel=0.06)


def test_errors_in_q_grow_towards_low_angles():
    lines = orthorhombic_lines()
    peaks = many(Experiment(unit="q", sigma=1e-4, q_low=0.2), lines=lines)
    q, error = np.sqrt(peaks.true_q2[peaks.mask]), np.sqrt(peaks.q2[peaks.mask]) - np.sqrt(peaks.true_q2[peaks.mask])
    for chosen in (q < 0.15, q > 0.5):
        expected = 1e-4 * np.sqrt(np.mean(1 + (0.2 / q[chosen]) ** 2))
        assert error[chosen].std() == pytest.approx(expected, rel=0.08)


def test_students_t_has_heavier_tails():
    beyond = []
    for degrees in (np.inf, 3.0):
        peaks = many(Experiment(sigma=0.005, degrees_of_freedom=degrees))
        error = two_theta(peaks.q2[peaks.mask]) - two_theta(peaks.true_q2[peaks.mask])
        beyond.append(np.mean(np.abs(error) > 3 * 0.005))
    assert beyond[0] == pytest.approx(0.0027, abs=0.0015)
    assert beyond[1] == pytest.approx(0.0577, abs=0.006)  # two-sided tail of t with 3 degrees of freedom at 3


def test_zero_shift_moves_every_angle_by_the_same():
    lines = orthorhombic_lines()
    peaks, truth = simulate_peak_list(lines, Experiment(zero_shift=0.07), np.random.default_rng(0))
    np.testing.assert_allclose(two_theta(peaks.q2) - two_theta(lines.q2), 0.07, atol=1e-10)
    slope = np.radians(0.07) * 2 * np.sin(np.radians(two_theta(lines.q2))) / WAVELENGTH**2
    np.testing.assert_allclose(peaks.q2 - lines.q2, slope, rtol=0.02)
    assert truth.experiment.zero_shift == 0.07


def test_a_wrong_distance_scales_the_radius():
    lines = orthorhombic_lines()
    experiment = Experiment(unit="q", wavelength=1.0, scale=0.002)
    peaks, _ = simulate_peak_list(lines, experiment, np.random.default_rng(0))

    def tangent(q2):
        return np.tan(2 * np.arcsin(np.sqrt(q2) / 2))

    np.testing.assert_allclose(tangent(peaks.q2) / tangent(lines.q2), 1.002, rtol=1e-10)
    assert np.sqrt(peaks.q2[0] / lines.q2[0]) == pytest.approx(1.002, abs=1e-4)
    assert (peaks.unit, peaks.wavelength) == ("q", None)


def test_single_contaminants_are_as_many_as_asked_for_and_lie_among_the_first_lines():
    lines = orthorhombic_lines()
    peaks = many(Experiment(n_contaminants=2), lines=lines)
    other = peaks.mask & (peaks.line < 0)
    np.testing.assert_array_equal(other.sum(axis=1), 2)
    assert (peaks.q2[other] <= lines.q2[19]).all()
    distance = np.abs(two_theta(peaks.q2[other])[:, None] - two_theta(lines.q2)[None]).min(axis=1)
    assert distance.min() >= 0.01


def test_single_contaminants_are_resolved_from_each_other():
    peaks = many(Experiment(n_contaminants=6, resolution=0.1))
    other = peaks.mask & (peaks.line < 0)
    assert other.sum(axis=1).max() == 6 and other.sum(axis=1).mean() > 5
    distances = [np.diff(np.sort(two_theta(q2[mask]))) for q2, mask in zip(peaks.q2, other, strict=True)]
    assert min(distance.min() for distance in distances) >= 0.1


@pytest.mark.parametrize("q2_max", [0.0, 0.004, 0.2, 0.9])
def test_a_random_phase_has_every_line_to_the_last_one_wanted(q2_max):
    phase = random_phase(40, q2_max, np.random.default_rng(3))
    axes = np.random.default_rng(3).uniform(SHORTEST_AXIS, LONGEST_AXIS, (40, 3))
    hkl = np.array(list(np.ndindex(12, 12, 12)))[1:]
    for lengths, q2, mask in zip(axes, phase.q2, phase.mask, strict=True):
        every = np.sort((hkl**2) @ (1 / lengths**2))
        np.testing.assert_allclose(q2[mask], every[every <= q2_max])


def test_a_second_phase_shows_its_strong_lines():
    lines, second = orthorhombic_lines(), orthorhombic_lines(cell=(4.3, 6.1, 8.9), seed=5)
    experiment = Experiment(phase_ratio=0.1, detection_limit=0.03)
    peaks, truth = simulate_peak_list(lines, experiment, np.random.default_rng(0), contaminants=second)
    assert truth.is_contaminant.sum() > 3
    for q2, intensity in zip(peaks.q2[truth.is_contaminant], peaks.intensity[truth.is_contaminant], strict=True):
        line = np.argmin(np.abs(second.q2 - q2))
        assert second.q2[line] == pytest.approx(q2, rel=1e-9)
        assert np.abs(two_theta(lines.q2) - two_theta(q2)).min() > 0
        assert 0.03 <= intensity / lines.intensity.max() <= 0.1 + 1e-9
    without, _ = simulate_peak_list(lines, Experiment(detection_limit=0.03), np.random.default_rng(0))
    assert len(peaks) == len(without) + truth.is_contaminant.sum()


def test_a_random_second_phase_is_used_where_none_is_given():
    peaks = many(Experiment(phase_ratio=0.2, detection_limit=0.02), n=50)
    n_other = (peaks.mask & (peaks.line < 0)).sum(axis=1)
    assert n_other.min() >= 1
    assert len(np.unique(n_other)) > 3


@pytest.mark.parametrize("name", ["laboratory", "synchrotron", "smsfx"])
def test_lists_of_presets_are_valid_peak_lists(name):
    rng = np.random.default_rng(3)
    for _ in range(40):
        peaks, truth = simulate_peak_list(orthorhombic_lines(), experiment_preset(name), rng)
        assert len(peaks) == len(truth.line) == len(truth.q2)
        assert (np.diff(peaks.q2) > 0).all()
        lines = truth.line[~truth.is_contaminant]
        assert len(np.unique(lines)) == len(lines)
        np.testing.assert_allclose(orthorhombic_lines().q2[lines], truth.q2[~truth.is_contaminant])
        np.testing.assert_allclose(np.sqrt(peaks.q2), np.sqrt(truth.q2), rtol=0.1)


def test_peaks_that_fall_together_are_one():
    q2 = np.array([0.1, 0.1 * (1 + 1e-8), 0.2, 0.3])
    lines = Lines(q2, np.zeros((4, 3), int), np.ones(4))
    peaks, truth = simulate_peak_list(lines, Experiment(), np.random.default_rng(0))
    np.testing.assert_allclose(peaks.q2, [0.1, 0.2, 0.3])
    np.testing.assert_array_equal(truth.line, [0, 2, 3])


def test_stated_errors_are_wrong_by_the_ratio_asked_for():
    lines = orthorhombic_lines()
    peaks, truth = simulate_peak_list(lines, Experiment(sigma=0.01, stated_ratio=0.5), np.random.default_rng(0))
    slope = np.radians(1) * 2 * np.sin(np.radians(two_theta(peaks.q2))) / WAVELENGTH**2
    np.testing.assert_allclose(peaks.sigma / slope, np.hypot(0.005, 0.02), rtol=1e-9)


def test_the_same_seed_gives_the_same_list():
    lines = orthorhombic_lines()
    first, again, other = (
        simulate_peak_list(lines, experiment_preset("laboratory"), np.random.default_rng(seed))[0] for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(first.q2, again.q2)
    np.testing.assert_array_equal(first.sigma, again.sigma)
    assert len(first.q2) != len(other.q2) or not np.allclose(first.q2, other.q2)


def test_many_patterns_at_once_keep_their_own_lines():
    patterns = [orthorhombic_lines(n, cell) for n, cell in ((60, (5, 7, 9)), (25, (4, 6, 11)), (40, (6.2, 6.9, 8)))]
    peaks = simulate_peaks(
        stack_lines(patterns), [Experiment(), Experiment(zero_shift=0.02), Experiment()], np.random.default_rng(0)
    )
    assert peaks.mask.sum(axis=1).tolist() == [60, 25, 40]
    for row, lines in enumerate(patterns):
        np.testing.assert_allclose(peaks.true_q2[row, : len(lines)], lines.q2)
        assert (peaks.q2[row, len(lines) :] == 0).all()
    np.testing.assert_allclose(two_theta(peaks.q2[1, :25]) - two_theta(patterns[1].q2), 0.02, atol=1e-10)


def test_the_lowest_peaks_are_kept():
    peaks = many(experiment_preset("laboratory").draw(1, np.random.default_rng(0))[0], n=20, n_peaks=20)
    assert peaks.q2.shape == (20, 20)
    assert (np.diff(peaks.q2, axis=1)[peaks.mask[:, 1:]] > 0).all()


def test_draws_stay_within_the_measured_ranges_and_have_their_quantiles():
    chosen = experiment_preset("laboratory")
    drawn = chosen.draw(4000, np.random.default_rng(0))
    shifts = [each.zero_shift for each in drawn]
    for name, quantiles in chosen.quantiles.items():
        values = np.array([getattr(each, name) for each in drawn if getattr(each, name) is not None], dtype=float)
        assert quantiles[0] - 1e-12 <= values.min() and values.max() <= quantiles[-1] + 1e-12
    for level, quantile in zip(LEVELS[1:-1], chosen.quantiles["zero_shift"][1:-1], strict=True):
        assert np.percentile(shifts, level) == pytest.approx(quantile, abs=0.004)
    widths, errors = ([getattr(each, name) for each in drawn] for name in ("resolution", "sigma"))
    assert spearmanr(widths, errors)[0] == pytest.approx(0.55, abs=0.04)
    assert spearmanr(shifts, errors)[0] == pytest.approx(0, abs=0.06)
    assert np.mean([each.stated_ratio is None for each in drawn]) == pytest.approx(0.5, abs=0.04)


def test_presets_ascend_and_name_fields_of_an_experiment():
    assert list(experiment_presets()) == ["ideal", "laboratory", "synchrotron", "smsfx"]
    known = {field.name for field in fields(Experiment)}
    for each in experiment_presets().values():
        assert set(each.quantiles) <= known
        for name, quantiles in each.quantiles.items():
            assert list(quantiles) == sorted(quantiles), (each.name, name)
    # real laboratory lists: median zero shift 0.02 to 0.03 degrees, 90th percentile below 0.07
    assert 0.01 < experiment_presets()["laboratory"].quantiles["zero_shift"][3] < 0.03
    assert experiment_presets()["smsfx"].unit == "q"


def test_the_ladder_adds_one_error_at_a_time():
    ladder = error_ladder()
    assert list(ladder) == [
        "ideal",
        "missing",
        "error",
        "1_contaminant",
        "2_contaminants",
        "zero_0.02",
        "zero_0.07",
    ]
    steps = list(ladder.values())
    for before, after in zip(steps, steps[1:], strict=False):
        changed = [
            field.name for field in fields(Experiment) if getattr(before, field.name) != getattr(after, field.name)
        ]
        assert len(changed) == 1
    last = steps[-1]
    assert (last.missing, last.sigma, last.n_contaminants, last.zero_shift) == (0.1, 0.02, 2, 0.07)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"unit": "d"}, "unit"),
        ({"wavelength": 0.0}, "wavelength"),
        ({"wavelength": np.nan}, "wavelength"),
        ({"wavelength": np.inf}, "wavelength"),
        ({"wavelength": None}, "wavelength"),
        ({"sigma": "a"}, "sigma is 'a', give a number"),
        ({"stated_ratio": "a"}, "stated_ratio"),
        ({"n_contaminants": np.inf}, "n_contaminants"),
        ({"sigma": -0.1}, "sigma"),
        ({"missing": 1.0}, "missing"),
        ({"detection_limit": -0.1}, "detection_limit"),
        ({"n_contaminants": 1.5}, "n_contaminants"),
        ({"n_contaminants": -1}, "n_contaminants"),
        ({"zero_shift": 2.0}, "zero_shift"),
        ({"degrees_of_freedom": 0.0}, "degrees_of_freedom"),
        ({"stated_ratio": 0.0}, "stated_ratio"),
    ],
)
def test_impossible_experiments_are_refused(values, named):
    with pytest.raises(InputError, match=named):
        Experiment(**values)


def test_unusable_lines_and_names_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="no preset is called 'lab'; use one of ideal"):
        experiment_preset("lab")
    with pytest.raises(InputError, match="positive finite"):
        simulate_peak_list(Lines(np.array([0.1, -0.2, 0.3]), np.zeros((3, 3)), np.ones(3)), Experiment(), rng)
    with pytest.raises(InputError, match="intensity"):
        simulate_peak_list(Lines(np.array([0.1, 0.2, 0.3]), np.zeros((3, 3)), -np.ones(3)), Experiment(), rng)
    with pytest.raises(InputError, match="one shape"):
        LineArrays(np.ones((2, 3)), np.ones((2, 3)), np.ones((2, 2), bool))
    with pytest.raises(InputError, match="ascending"):
        simulate_peak_list(Lines(np.array([0.2, 0.1, 0.3]), np.zeros((3, 3)), np.ones(3)), Experiment(), rng)
    with pytest.raises(InputError, match="too few"):
        simulate_peak_list(Lines(np.array([0.1, 0.2]), np.zeros((2, 3)), np.ones(2)), Experiment(), rng)
    with pytest.raises(InputError, match="1 patterns, 2 experiments"):
        simulate_peaks(stack_lines([orthorhombic_lines()]), [Experiment()] * 2, rng)


def test_the_search_takes_a_simulated_list():
    import mlindex_plugin
    from mlindex_plugin.phil import powder_scope

    lines = orthorhombic_lines(25, cell=(5.64, 5.64, 5.64))
    lines = Lines(*(values[np.unique(np.round(lines.q2, 9), return_index=True)[1]] for values in vars(lines).values()))
    peaks, _ = simulate_peak_list(lines, Experiment(sigma=0.01), np.random.default_rng(0))
    params = powder_scope().extract()
    params.search.bravais_lattices = ["cP"]
    params.mp.nproc = 1
    solutions = mlindex_plugin.index(peaks, params)
    assert solutions[0].unit_cell[0] == pytest.approx(5.64, abs=0.01)
