from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from search_data import WAVELENGTH, free_xnn, lines_of, observed, shift_column

from mlindex_plugin.algorithms.lattice import lattice_table
from mlindex_plugin.algorithms.search import NO_LINE, refine

CELL = (5.93, 7.32, 14.9, 90, 95.4, 90)


def test_a_foreign_line_does_not_pull():
    q2 = np.sort(np.append(lines_of("mP", CELL, 20), 0.0333))
    refined = refine(lattice_table("mP"), free_xnn("mP", CELL)[None] * 1.0005, observed(q2), with_shift=False)
    np.testing.assert_allclose(refined.x[0], free_xnn("mP", CELL), atol=2e-6)
    assert refined.n_lines[0] in (19, 20)  # the last line may come out a rounding error above the last peak


@pytest.mark.parametrize("shift", [0.05, -0.05])
def test_a_zero_shift_is_refined(shift):
    q2 = lines_of("mP", CELL, 20)
    two_theta = 2 * np.degrees(np.arcsin(np.sqrt(q2) * WAVELENGTH / 2)) + shift
    shifted = (2 * np.sin(np.radians(two_theta / 2)) / WAVELENGTH) ** 2
    peaks = replace(observed(shifted, 0.002), shift_column=shift_column(shifted))
    start = free_xnn("mP", CELL)[None]
    refined = refine(lattice_table("mP"), start, peaks, with_shift=True)
    assert refined.shift[0] == pytest.approx(shift, abs=0.001)
    np.testing.assert_allclose(refined.x[0], start[0], atol=2e-6)
    np.testing.assert_allclose(refined.line[0], q2, atol=2e-6)
    assert refined.n_lines[0] in (19, 20)
    without = refine(lattice_table("mP"), start, peaks, with_shift=False)
    assert np.abs(without.line[0] - shifted).sum() > 5 * np.abs(refined.line[0] - q2).sum()


def test_lines_closer_than_the_errors_count_once():
    pseudo = (6.0, 6.0003, 6.0006, 90, 90, 90)
    x = free_xnn("oP", pseudo)[None]
    refined = refine(lattice_table("oP"), x, observed(lines_of("cP", (6, 6, 6, 90, 90, 90), 12)), with_shift=False)
    assert refined.n_distinct[0] == 12
    assert refined.n_lines[0] > 30


def test_an_unphysical_candidate_is_marked():
    refined = refine(
        lattice_table("mP"), np.array([[0.01, -0.1, 0.02, 0.0]]), observed(lines_of("mP", CELL, 20)), False
    )
    assert refined.n_lines[0] == 0
    assert np.all(refined.code[0] == NO_LINE)
