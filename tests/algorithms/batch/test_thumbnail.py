from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
from known_crystals import lines_of, peak_list

from mlindex_plugin.algorithms.batch.thumbnail import thumbnail
from mlindex_plugin.algorithms.peaks import Pattern

CELL = (5.12, 5.12, 8.37, 90, 90, 90)


def heights(svg: str) -> list[float]:
    """Second coordinates of the curve's points."""
    curve = re.search(r'stroke="#37465a" d="([^"]*)"', svg)[1]
    return [float(pair.split()[1]) for pair in re.split("[ML]", curve) if pair]


def test_lines_without_intensity_are_sticks_of_one_height():
    svg = thumbnail(peak_list(lines_of("tP", CELL, 12)), None)
    assert svg.startswith("<svg ") and svg.endswith("</svg>")
    assert len(re.findall(r"M[\d.]+ 24V0\.0", svg)) == 12
    assert len(re.findall("v8", svg)) == 12 and "#c81e1e" not in svg


def test_the_highest_point_of_the_curve_reaches_the_top():
    peaks = peak_list(lines_of("tP", CELL, 12))
    q2 = np.linspace(0.8 * peaks.q2[0], peaks.q2[-1], 5000)
    intensity = 100 * np.exp(-(((q2 - peaks.q2[3]) / 0.002) ** 2))
    svg = thumbnail(replace(peaks, pattern=Pattern(q2, intensity)), None)
    y = heights(svg)
    assert 40 < len(y) <= 91
    assert min(y) == 0 and max(y) == 24 and len(svg) < 3000


def test_a_flat_or_hollow_pattern_can_be_drawn():
    peaks = peak_list(lines_of("tP", CELL, 12))
    for intensity in (np.zeros(50), np.full(50, np.nan), np.full(50, 7.0)):
        svg = thumbnail(replace(peaks, pattern=Pattern(np.linspace(0.01, 0.5, 50), intensity)), None)
        assert "nan" not in svg and svg.endswith("</svg>")
