from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_crystals import lines_of, peak_list, ranked

from mlindex_plugin.algorithms.lattice import LATTICES, hkl_design, unpack
from mlindex_plugin.algorithms.ranking import convincing, rank
from mlindex_plugin.algorithms.search import Unit, observe, run_unit

MONOCLINIC = (7.4, 5.9, 14.9, 90, 95.4, 90)


def alternatives(cell):
    """A cell and its doubles, as monoclinic P."""
    a, b, c, *angles = cell
    return [("mP", (a, b, c, *angles)), ("mP", (2 * a, b, c, *angles)), ("mP", (a, 2 * b, c, *angles))]


def test_an_exact_list_decides():
    peaks = observe(peak_list(lines_of("mP", MONOCLINIC, 20)))
    assert convincing(ranked(alternatives(MONOCLINIC), peaks), peaks)


@pytest.mark.parametrize("symbol", ["oP", "mP", "aP"])
def test_random_lines_do_not_decide(symbol):
    rng = np.random.default_rng(3)
    peaks = observe(peak_list(np.sort(rng.uniform(0.01, 0.15, 20))))
    entries = rank([(symbol, run_unit(Unit(symbol, 0, 1000, 1, 3000.0), peaks).refined)], peaks)
    assert entries
    assert not convincing(entries, peaks)


@pytest.mark.parametrize("short, n_peaks, speak", [(4.9, 20, 2), (5.05, 20, 3), (4.9, 40, 15)])
def test_a_parameter_of_which_two_lines_speak_is_not_decided(short, n_peaks, speak):
    cell = (24.7, 15.4, short, 90, 100, 90)  # most of the first lines lie in the plane of the long axes
    peaks = observe(peak_list(lines_of("mP", cell, n_peaks)))
    entries = ranked([("mP", cell)], peaks)
    assert entries[0].evidence > 30
    hkl = np.stack(unpack(entries[0].refined.code[0]), axis=1)
    assert (hkl_design(LATTICES["mP"], hkl) != 0).sum(axis=0).min() == speak
    assert convincing(entries, peaks) == (speak >= 3)


def test_two_different_cells_about_as_likely_do_not_decide():
    peaks = observe(peak_list(lines_of("mP", MONOCLINIC, 20)))
    entries = ranked(alternatives(MONOCLINIC), peaks)
    best = entries[0].evidence
    assert convincing([entries[0], replace(entries[1], evidence=best - 8)], peaks)
    assert not convincing([entries[0], replace(entries[1], evidence=best - 4)], peaks)


def test_two_foreign_lines_in_twenty_do_not_decide():
    q2 = lines_of("mP", MONOCLINIC, 19)
    gaps = np.argsort(-np.diff(q2))
    for n_foreign, decided in ((1, True), (2, False)):
        foreign = (q2[gaps[:n_foreign]] + q2[gaps[:n_foreign] + 1]) / 2
        peaks = observe(peak_list(np.sort(np.concatenate([q2, foreign]))))
        entries = ranked([("mP", MONOCLINIC)], peaks)
        assert entries[0].evidence > 30
        assert convincing(entries, peaks) == decided


def test_nothing_does_not_decide():
    assert not convincing([], observe(peak_list(lines_of("mP", MONOCLINIC, 20))))
