from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from patterns import counted_pattern

from mlindex_plugin.algorithms.peaks.peak_finding import (
    Partner,
    background,
    find_maxima,
    find_pattern_peaks,
    noise,
    partner_ratio,
)

X = np.arange(10, 60, 0.02)
LINES = [(14.013, 3000), (21.337, 800), (27.501, 5000), (27.84, 2500), (33.25, 400), (41.118, 1500), (55.9, 700)]
POSITIONS = np.array([position for position, _ in LINES])


def test_every_line_is_found_and_none_invented():
    found = find_pattern_peaks(X, counted_pattern(X, LINES, 0.15))
    assert len(found) == len(LINES)
    np.testing.assert_allclose(found.position, POSITIONS, atol=0.02)
    np.testing.assert_allclose(found.fwhm, 0.15, rtol=0.25)


def test_areas_are_those_of_the_lines():
    found = find_pattern_peaks(X, counted_pattern(X, LINES, 0.15))
    expected = np.array([height for _, height in LINES]) * 0.15 * np.sqrt(np.pi / np.log(2)) / 2
    assert np.all(np.abs(found.area - expected) < 5 * found.area_sigma)
    np.testing.assert_allclose(found.area[[0, 2]], expected[[0, 2]], rtol=0.05)


def test_stated_errors_of_positions_are_the_true_ones():
    z = []
    for seed in range(12):
        found = find_pattern_peaks(X, counted_pattern(X, LINES, 0.15, seed=seed))
        nearest = np.abs(found.position[:, np.newaxis] - POSITIONS).argmin(axis=1)
        z.extend((found.position - POSITIONS[nearest]) / found.sigma)
    assert len(z) >= 12 * len(LINES) - 2
    assert 0.5 < np.median(np.abs(z)) < 0.9  # 0.67 for a normal distribution
    assert abs(np.mean(z)) < 0.4


@pytest.mark.parametrize("seed", range(5))
def test_no_lines_in_noise(seed):
    assert len(find_pattern_peaks(X, np.random.default_rng(seed).poisson(100, len(X)).astype(float))) == 0


def test_a_sloping_background_makes_no_lines():
    slope = np.random.default_rng(1).poisson(2000 * np.exp(-X / 15) + 50).astype(float)
    found = find_pattern_peaks(X, slope + counted_pattern(X, LINES, 0.15, background=0))
    assert len(found) == len(LINES)


def test_the_unit_of_the_intensity_does_not_matter():
    y = counted_pattern(X, LINES, 0.15)
    counts, scaled = find_pattern_peaks(X, y), find_pattern_peaks(X, y / 8000)
    np.testing.assert_allclose(scaled.position, counts.position, atol=2e-3)
    np.testing.assert_allclose(scaled.area * 8000, counts.area, rtol=0.05)


def test_given_errors_are_used():
    y = counted_pattern(X, LINES, 0.15)
    tight, loose = (find_pattern_peaks(X, y, np.sqrt(y) * factor) for factor in (1.0, 3.0))
    strongest = 2
    assert loose.sigma[strongest] > 2 * tight.sigma[strongest]


def test_partners_are_fitted_and_not_listed():
    def position(x):
        return x + 0.25

    lines = [(14.0, 3000), (21.3, 800), (33.2, 2000)]
    y = counted_pattern(X, lines + [(position(x), height / 2) for x, height in lines], 0.15)
    assert len(find_pattern_peaks(X, y)) == 6
    found = find_pattern_peaks(X, y, partner=Partner(position, 0.5))
    np.testing.assert_allclose(found.position, [14.0, 21.3, 33.2], atol=0.01)
    ratio = partner_ratio(X, find_maxima(y, noise(y)), position)
    assert ratio == pytest.approx(0.5, abs=0.08)


def test_noise_is_that_of_the_counts():
    y = np.random.default_rng(0).poisson(400, 5000).astype(float)
    np.testing.assert_allclose(np.median(noise(y)), 20, rtol=0.05)
    scaled = np.random.default_rng(0).normal(0, 0.3, 5000)
    np.testing.assert_allclose(np.median(noise(scaled)), 0.3, rtol=0.05)


def test_background_passes_below_the_lines():
    y = 300 + 5 * X + 2000 * np.exp(-(((X - 30) / 0.1) ** 2))
    np.testing.assert_allclose(background(y, 30), 300 + 5 * X, rtol=0.02)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X[::-1], X, "ascending"),
        (X, X[1:], "equally long"),
        (X, np.full(len(X), np.nan), "finite"),
    ],
)
def test_bad_arrays(x, y, message):
    with pytest.raises(ValueError, match=message):
        find_pattern_peaks(x, y)


@pytest.mark.parametrize("first", ["import mlindex_plugin", "from cctbx import uctbx", "import numpy"])
def test_the_order_of_imports_does_not_matter(first, tmp_path):
    np.savetxt(tmp_path / "pattern.txt", np.column_stack([X, counted_pattern(X, LINES, 0.15)]))
    code = (
        f"{first}\nimport numpy as np\n"
        "from mlindex_plugin.algorithms.peaks.peak_finding import find_pattern_peaks\n"
        "print(len(find_pattern_peaks(*np.loadtxt('pattern.txt').T)))"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.stdout.strip() == str(len(LINES)), run.stderr


def test_lines_narrower_than_a_step_are_found():
    x = np.linspace(10, 60, 1000)
    y = np.random.default_rng(0).poisson(5, len(x)).astype(float)
    for point in (120, 345, 600, 811):
        y[point] += 300
    found = find_pattern_peaks(x, y)
    np.testing.assert_allclose(found.position, x[[120, 345, 600, 811]], atol=0.03)
    assert np.all(found.fwhm < 2 * (x[1] - x[0]))
