"""Synthetic patterns of silicon (a = 5.431 Å) for the tests of this folder."""

from __future__ import annotations

import numpy as np

A_SILICON = 5.431
SUM_OF_SQUARES = np.array([3, 8, 11, 16, 19, 24, 27])  # h² + k² + l² of the diamond structure
Q2_SILICON = SUM_OF_SQUARES / A_SILICON**2
ALPHA1, ALPHA2, BETA = 1.540593, 1.544427, 1.39223


def two_theta_of(q2, wavelength):
    return 2 * np.degrees(np.arcsin(np.sqrt(q2) * wavelength / 2))


def gaussian(x, position, fwhm):
    return np.exp(-4 * np.log(2) * ((x - position) / fwhm) ** 2)


def counted_pattern(x, lines, fwhm, background=200.0, seed=0):
    """Counts of lines (position, height) on a flat background."""
    expected = np.full(len(x), float(background))
    for position, height in lines:
        expected += height * gaussian(x, position, fwhm)
    return np.random.default_rng(seed).poisson(expected).astype(float)


def silicon_cu_pattern(with_alpha2=True, beta_ratio=0.0):
    """Two-theta and counts of silicon with a copper tube, FWHM 0.08°."""
    x = np.arange(20, 100, 0.02)
    heights = 5000 * np.array([1, 0.6, 0.35, 0.1, 0.15, 0.2, 0.1])
    lines = list(zip(two_theta_of(Q2_SILICON, ALPHA1), heights, strict=True))
    if with_alpha2:
        lines += list(zip(two_theta_of(Q2_SILICON, ALPHA2), heights / 2, strict=True))
    lines += list(zip(two_theta_of(Q2_SILICON, BETA), heights * beta_ratio, strict=True))
    return x, counted_pattern(x, lines, 0.08)


Q_LINES = np.array([0.0343, 0.0685, 0.1366, 0.1703, 0.2017, 0.2344, 0.2701])


def powder_from_spots_pattern():
    """d and counts as cctbx.xfel.powder_from_spots labels its bins, and the true centres of the bins in q = 1/d."""
    first, last, n = 1 / 40, 1 / 3, 4000
    centres = first + (np.arange(n) + 0.5) * (last - first) / n
    counts = counted_pattern(centres, [(position, 400) for position in Q_LINES], 0.0012, background=10)
    return 1 / np.linspace(first, last, n), counts, centres
