from __future__ import annotations

import numpy as np
import pytest
from patterns import (
    ALPHA1,
    Q2_SILICON,
    Q_LINES,
    counted_pattern,
    powder_from_spots_pattern,
    silicon_cu_pattern,
)

from mlindex_plugin.algorithms.peaks import Pattern, peaks_from_pattern
from mlindex_plugin.errors import InputError


def test_a_copper_pattern_gives_the_lines_of_k_alpha1():
    peaks = peaks_from_pattern(*silicon_cu_pattern(), "two_theta", 1.5406)
    assert len(peaks) == len(Q2_SILICON)
    assert np.all(np.abs(peaks.q2 - Q2_SILICON) < 0.2 * peaks.sigma)
    assert any("Cu K-alpha doublets" in note for note in peaks.notes)
    assert peaks.unit == "two_theta" and peaks.wavelength == ALPHA1


def test_the_mean_wavelength_of_copper_gives_the_same_lines():
    peaks = peaks_from_pattern(*silicon_cu_pattern(), "two_theta", 1.5418)
    assert peaks.wavelength == ALPHA1
    assert np.all(np.abs(peaks.q2 - Q2_SILICON) < 0.2 * peaks.sigma)


def test_without_alpha2_lines_are_single():
    peaks = peaks_from_pattern(*silicon_cu_pattern(with_alpha2=False), "two_theta", ALPHA1)
    assert len(peaks) == len(Q2_SILICON)
    assert not any("doublets" in note for note in peaks.notes)
    assert np.all(np.abs(peaks.q2 - Q2_SILICON) < 0.2 * peaks.sigma)


def test_k_beta_lines_are_left_out_and_named():
    peaks = peaks_from_pattern(*silicon_cu_pattern(beta_ratio=0.05), "two_theta", ALPHA1)
    assert len(peaks) == len(Q2_SILICON)
    assert any("Cu K-beta" in note and "two-theta = 25.64, 42.51" in note for note in peaks.notes)


def test_the_error_of_a_laboratory_pattern_covers_its_zero_shift():
    x, y = silicon_cu_pattern()
    peaks = peaks_from_pattern(x + 0.03, y, "two_theta", ALPHA1)
    assert np.all(np.abs(peaks.q2 - Q2_SILICON) < 2 * peaks.sigma)
    assert not peaks.sigma_measured


def test_a_histogram_of_spots_in_d():
    d, counts, _ = powder_from_spots_pattern()
    peaks = peaks_from_pattern(d, counts, "d")
    np.testing.assert_allclose(np.sqrt(peaks.q2), Q_LINES, atol=5e-5)
    z = (peaks.q2 - Q_LINES**2) / peaks.sigma
    assert np.all(np.abs(z) < 3)
    assert peaks.unit == "d" and peaks.wavelength is None and peaks.sigma_measured


def test_a_pattern_in_q():
    _, counts, q = powder_from_spots_pattern()
    in_d = peaks_from_pattern(*powder_from_spots_pattern()[:2], "d")
    in_q = peaks_from_pattern(q, counts, "q")
    np.testing.assert_allclose(in_q.q2, in_d.q2, rtol=1e-9)
    np.testing.assert_allclose(in_q.sigma, in_d.sigma, rtol=1e-5)


def test_a_pattern_in_q2():
    q2 = np.linspace(0.001, 0.1, 3000)
    lines = np.array([0.0121, 0.0343, 0.0485, 0.0766])
    peaks = peaks_from_pattern(q2, counted_pattern(q2, [(line, 500) for line in lines], 0.0006), "q2")
    np.testing.assert_allclose(peaks.q2, lines, atol=4e-5)


def test_the_pattern_is_kept_in_q2():
    d, counts, centres = powder_from_spots_pattern()
    pattern = peaks_from_pattern(d, counts, "d").pattern
    assert isinstance(pattern, Pattern)
    np.testing.assert_allclose(pattern.q2, centres**2)
    np.testing.assert_array_equal(pattern.intensity, counts)


def test_a_scan_in_d_is_kept_ascending_in_q2():
    d = np.arange(2, 8, 0.002)
    y = counted_pattern(d, [(2.5, 900), (3.1, 900), (4.4, 900), (6.2, 900)], 0.03)
    peaks = peaks_from_pattern(d, y, "d")
    np.testing.assert_allclose(1 / np.sqrt(peaks.q2), [6.2, 4.4, 3.1, 2.5], atol=0.003)
    assert np.all(np.diff(peaks.pattern.q2) > 0)


def test_points_at_and_below_zero_angle_are_left_out():
    x, y = silicon_cu_pattern()
    before = np.arange(-1, 20, 0.02)
    peaks = peaks_from_pattern(np.append(before, x), np.append(0 * before + 200, y), "two_theta", ALPHA1)
    assert len(peaks) == len(Q2_SILICON)


def test_descending_scans_are_turned():
    x, y = silicon_cu_pattern()
    up, down = (peaks_from_pattern(x[::s], y[::s], "two_theta", ALPHA1) for s in (1, -1))
    np.testing.assert_allclose(down.q2, up.q2)


X, Y = silicon_cu_pattern()


@pytest.mark.parametrize(
    ("x", "y", "wavelength", "message"),
    [
        (X, 0 * Y + 3, ALPHA1, "the pattern is flat"),
        (X, np.where(X > 50, np.nan, Y), ALPHA1, "intensity 1502 is not a finite number"),
        (np.append(X, X), np.append(Y, Y), ALPHA1, "not in order near 99.98"),
        (X, Y, None, "input.wavelength=1.5406"),
        (X[:700], Y[:700], ALPHA1, "1 lines found in the pattern; at least 3"),
    ],
)
def test_bad_patterns(x, y, wavelength, message):
    with pytest.raises(InputError, match=f"scan.xy: .*{message}"):
        peaks_from_pattern(x, y, "two_theta", wavelength, source="scan.xy")
