from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from scipy.optimize import least_squares

from mlindex_plugin.algorithms.simulate import random_structure
from mlindex_plugin.algorithms.simulate.entry import Lines
from mlindex_plugin.algorithms.simulate.whole_pattern import (
    TWO_THETA,
    PatternConditions,
    draw_parameters,
    lines_for_pattern,
    pattern_preset,
    simulate_pattern,
    simulate_patterns,
    write_pattern,
)
from mlindex_plugin.algorithms.simulate.whole_pattern.background import draw_background, gaussian_process
from mlindex_plugin.errors import InputError

CELL = (8.21, 6.43, 12.37, 90, 104.6, 90)
WIDE = {"w": (0.01, 0.01)}  # 0.1 degrees


def rng():
    return np.random.default_rng(7)


def lines_at(two_theta, intensity):
    two_theta = np.asarray(two_theta, float)
    q2 = (2 * np.sin(np.radians(two_theta / 2)) / 1.5406) ** 2
    return Lines(q2, np.zeros((len(q2), 3), int), np.asarray(intensity, float))


def crystal(seed=1, cell=CELL, group="P 1 21/c 1"):
    return random_structure(cell, group, seed)


def near(x, reach=1.0):
    return np.abs(TWO_THETA - x) < reach


def test_grid():
    pattern = simulate_pattern(lines_at([30], [1]), PatternConditions(**WIDE), rng())
    assert len(pattern.two_theta) == len(pattern.counts) == 8501
    assert (pattern.two_theta[0], pattern.two_theta[-1]) == (5, 90)
    assert np.diff(pattern.two_theta) == pytest.approx(0.01)


def test_positions_widths_and_shares_fit_back():
    conditions = PatternConditions(w=(0.004, 0.004), u=(0.01, 0.01), eta=(0.6, 0.6))
    pattern = simulate_pattern(lines_at([30.004, 70.0], [3, 1]), conditions, rng())

    def fit(start):
        x, y = TWO_THETA[near(start)], pattern.counts[near(start)]

        def model(p):
            t = 2 * (x - p[0]) / p[1]
            lorentzian = 2 / np.pi / (1 + t**2)
            gaussian = 2 * np.sqrt(np.log(2) / np.pi) * 2 ** -(t**2)
            return p[2] * (p[3] * lorentzian + (1 - p[3]) * gaussian)

        return least_squares(lambda p: model(p) - y, [start, 0.1, y.max(), 0.5]).x

    first, second = fit(30), fit(70)
    assert (first[0], second[0]) == pytest.approx((30.004, 70.0), abs=1e-4)
    widths = np.sqrt(0.01 * np.tan(np.radians([15, 35])) ** 2 + 0.004)
    assert (first[1], second[1]) == pytest.approx(widths, rel=5e-3)
    assert (first[3], second[3]) == pytest.approx((0.6, 0.6), abs=0.01)
    areas = [pattern.counts[near(x, 3)].sum() for x in (30, 70)]
    assert areas[0] / areas[1] == pytest.approx(3, rel=5e-3)


def test_doublet_of_a_tube():
    conditions = PatternConditions(**WIDE, alpha2=(0.5, 0.5))
    pattern = simulate_pattern(lines_at([80], [1]), conditions, rng(), wavelength=1.5406)
    second = 2 * np.degrees(np.arcsin(np.sin(np.radians(40)) * 1.544427 / 1.540593))
    place = [np.argmin(abs(TWO_THETA - x)) for x in (80, second)]
    assert pattern.counts[place[1]] / pattern.counts[place[0]] == pytest.approx(0.5, rel=0.03)
    single = simulate_pattern(lines_at([80], [1]), PatternConditions(**WIDE), rng())
    assert pattern.counts.sum() == pytest.approx(1.5 * single.counts.sum(), rel=0.01)


def test_impurity_has_its_share_of_the_highest_line():
    conditions = PatternConditions(**WIDE, impurity=(0.05, 0.05))
    pattern = simulate_pattern(lines_at([30, 40], [10, 4]), conditions, rng(), lines_at([50, 60], [7, 7000]))
    assert pattern.counts[near(30)].max() == pytest.approx(0.95, rel=1e-6)
    assert pattern.counts[near(60)].max() == pytest.approx(0.05, rel=1e-6)
    pure = simulate_pattern(lines_at([30, 40], [10, 4]), conditions, rng())
    assert pure.counts[near(60)].max() == 0


def test_poisson_noise():
    flat = {"background": (0.5, 0.5), "background_length": (40, 40)}
    clean = simulate_pattern(lines_at([30], [1]), PatternConditions(**WIDE, **flat), rng()).counts
    noisy = simulate_pattern(lines_at([30], [1]), PatternConditions(**WIDE, **flat, counts=(1e4, 1e4)), rng()).counts
    assert np.all(noisy == np.round(noisy)) and noisy.min() >= 0
    residual = (noisy - 1e4 * clean)[clean > 0.02] / np.sqrt(1e4 * clean[clean > 0.02])
    assert residual.std() == pytest.approx(1, abs=0.03)
    assert abs(residual.mean()) < 0.04


def test_gaussian_noise_is_relative_to_the_highest_line():
    conditions = PatternConditions(**WIDE, counts=(1e6, 1e6), gaussian_noise=(0.02, 0.02))
    empty = ~near(30, 5)
    counts = simulate_pattern(lines_at([30], [1]), conditions, rng()).counts
    assert counts[empty].std() == pytest.approx(0.02e6, rel=0.03)
    rescaled = simulate_pattern(lines_at([30], [1]), conditions, rng()).rescaled()
    assert rescaled.min() == 0 and rescaled.max() == 1
    assert rescaled[near(30)].max() == 1


def parameters(**values):
    ranges = {name: (value, value) for name, value in values.items()}
    return draw_parameters(PatternConditions(**ranges), rng())


def test_background_mean_smoothness_and_variety():
    plain = parameters(background=0.1, background_length=7.0)
    drawn = [draw_background(TWO_THETA, plain, np.random.default_rng(seed)) for seed in range(200)]
    assert [one.mean() for one in drawn] == pytest.approx([0.1] * 200)
    assert min(one.min() for one in drawn) >= 0
    assert np.abs(np.diff(drawn[0], 2)).max() < 1e-5


def test_constant_share_of_the_background():
    half = draw_background(TWO_THETA, parameters(background=0.1, constant_background=0.5), rng())
    assert (half.min(), half.mean()) == pytest.approx((0.05, 0.1))


@pytest.mark.parametrize("length", [7.0, 21.0])
def test_gaussian_process_has_its_kernel(length):
    generator = np.random.default_rng(1)
    drawn = np.array([gaussian_process(TWO_THETA[::100], length, generator) for _ in range(3000)])
    variance, apart = drawn.var(axis=0), int(length)
    assert variance / variance.mean() == pytest.approx(np.ones(86), abs=0.15)
    covariance = (drawn[:, apart:] * drawn[:, :-apart]).mean()
    assert covariance / variance.mean() == pytest.approx(np.exp(-0.5), abs=0.03)


def test_air_scatter_rises_at_low_angle_only():
    plain = parameters(background=0.1, background_length=20.0)
    rising = parameters(background=0.1, background_length=20.0, air_scatter=3.0)
    added = draw_background(TWO_THETA, rising, rng()) - draw_background(TWO_THETA, plain, rng())
    assert added.max() == pytest.approx(0.3, rel=1e-3)
    assert np.all(np.diff(added[:4000]) < 0)
    assert added[TWO_THETA > 45].max() < 1e-4


def test_lines_are_complete_to_the_end():
    lines = lines_for_pattern(crystal(2, (5.4, 5.4, 5.4, 90, 90, 90), "P a -3"))
    assert lines.two_theta_max == 91
    two_theta = 2 * np.degrees(np.arcsin(1.5406 * np.sqrt(lines.q2) / 2))
    assert 90 < two_theta.max() < 91
    strongest = two_theta[lines.intensity.argmax()]
    pattern = simulate_pattern(lines, PatternConditions(**WIDE), rng())
    assert pattern.two_theta[pattern.counts.argmax()] == pytest.approx(strongest, abs=0.03)


@pytest.mark.parametrize("preset", ["ideal", "laboratory", "synchrotron", "smsfx"])
def test_same_seed_same_stream(preset):
    def stream(seed):
        structures = (crystal(number) for number in range(3))
        return list(simulate_patterns(structures, pattern_preset(preset), np.random.default_rng(seed)))

    first, again, other = stream(1), stream(1), stream(2)
    for one, two, three in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one.counts, two.counts)
        assert not np.array_equal(one.counts, three.counts)
        assert np.isfinite(one.counts).all() and one.parameters == two.parameters
        assert 0 <= one.rescaled().min() < one.rescaled().max() == 1


def test_stream_mixes_in_the_structure_before():
    def endless():
        while True:
            yield crystal(1)
            yield crystal(2, (5.4, 5.4, 5.4, 90, 90, 90), "P a -3")

    conditions = PatternConditions(**WIDE, impurity=(0.05, 0.05))
    pure = PatternConditions(**WIDE)
    first, second = islice(simulate_patterns(endless(), conditions, rng()), 2)
    np.testing.assert_allclose(first.counts, simulate_pattern(lines_for_pattern(crystal(1)), pure, rng()).counts)
    alone = simulate_pattern(lines_for_pattern(crystal(2, (5.4, 5.4, 5.4, 90, 90, 90), "P a -3")), pure, rng()).counts
    np.testing.assert_allclose(second.counts, 0.95 * alone + 0.05 * first.counts)


def test_no_line_in_the_pattern():
    with pytest.raises(InputError, match="no line from 2theta 5 to 90 degrees at 1.5406"):
        simulate_pattern(lines_at([3, 95], [1, 1]), PatternConditions(**WIDE), rng())


def test_lines_too_narrow_for_the_grid():
    with pytest.raises(InputError, match="0.0100 degrees wide, but the step is 0.01"):
        simulate_pattern(lines_at([30], [1]), PatternConditions(w=(1e-4, 1e-4)), rng())
    with pytest.raises(InputError, match="the square of the width, is negative"):
        simulate_pattern(lines_at([30], [1]), PatternConditions(w=(1e-4, 1e-4), v=(-0.1, -0.1)), rng())


@pytest.mark.parametrize("preset", ["ideal", "laboratory", "synchrotron", "smsfx"])
def test_narrowest_lines_of_a_preset_are_wide_enough(preset):
    narrowest = {"u": 0, "w": 0, "eta": 0, "crystallite_size": 1, "serial_breadth": 0}
    limits = {name: (getattr(pattern_preset(preset), name)[end],) * 2 for name, end in narrowest.items()}
    simulate_pattern(lines_at([2, 5.01, 89], [1, 1, 1]), PatternConditions(**limits), rng())


def test_doublet_needs_a_tube():
    with pytest.raises(InputError, match="1.3 Å is no wavelength of a laboratory tube"):
        simulate_pattern(lines_at([30], [1]), PatternConditions(**WIDE, alpha2=(0.5, 0.5)), rng(), wavelength=1.3)


def test_the_written_file_is_read_by_the_command(tmp_path):
    from mlindex_plugin.algorithms.peaks import read_peaks
    from mlindex_plugin.phil import powder_scope

    lines = lines_for_pattern(crystal())
    pattern = simulate_pattern(lines, pattern_preset("laboratory"), np.random.default_rng(1))
    write_pattern(tmp_path / "pattern.xy", pattern)
    assert [path.name for path in tmp_path.iterdir()] == ["pattern.xy"]
    table = np.loadtxt(tmp_path / "pattern.xy")
    np.testing.assert_allclose(table[:, 0], TWO_THETA, atol=1e-9)
    np.testing.assert_allclose(table[:, 1], pattern.counts, rtol=1e-5, atol=1e-9)

    peaks = read_peaks(tmp_path / "pattern.xy", powder_scope().extract())
    assert peaks.wavelength == pytest.approx(1.5406, rel=1e-4)
    assert len(peaks) >= 20
    offset = np.abs(peaks.q2[:10, None] - lines.q2).min(axis=1)
    assert np.median(offset / np.sqrt(peaks.q2[:10])) < 5e-4
