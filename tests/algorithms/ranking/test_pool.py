from __future__ import annotations

import numpy as np
import pytest
from known_crystals import lines_of, peak_list, ranked, refined, same_lattice

from mlindex_plugin.algorithms.ranking import log_evidence, rank
from mlindex_plugin.algorithms.ranking.evidence import CHOSEN
from mlindex_plugin.algorithms.search import observe

ORTHORHOMBIC = (6.2, 8.1, 13.3, 90, 90, 90)
MONOCLINIC = (7.4, 5.9, 14.9, 90, 95.4, 90)


@pytest.fixture(scope="module")
def orthorhombic():
    return observe(peak_list(lines_of("oP", ORTHORHOMBIC, 20)))


@pytest.fixture(scope="module")
def monoclinic():
    return observe(peak_list(lines_of("mP", MONOCLINIC, 20)))


def test_one_lattice_of_points_is_kept_once_with_its_likeliest_symmetry(orthorhombic):
    tilted = (6.2, 8.1, np.hypot(13.3, 6.2), 90, 90 + np.degrees(np.arctan2(6.2, 13.3)), 90)  # c + a or c - a
    descriptions = [("aP", ORTHORHOMBIC), ("mP", ORTHORHOMBIC), ("mP", tilted), ("oP", ORTHORHOMBIC)]
    for order in (descriptions, descriptions[::-1]):
        entries = ranked(order, orthorhombic)
        assert [entry.symbol for entry in entries] == ["oP"]
        assert entries[0].niggli == pytest.approx(ORTHORHOMBIC, abs=1e-6)


def test_a_triclinic_basis_of_a_body_centred_lattice_is_the_same_lattice():
    cell = (6.2, 8.1, 13.3, 90, 90, 90)
    peaks = observe(peak_list(lines_of("oI", cell, 20)))
    (first,) = ranked([("oI", cell)], peaks)
    entries = ranked([("aP", first.niggli), ("oI", cell)], peaks)
    assert [entry.symbol for entry in entries] == ["oI"]
    assert entries[0].primitive_volume == pytest.approx(6.2 * 8.1 * 13.3 / 2)
    assert entries[0].cell == pytest.approx(cell, abs=1e-6)


@pytest.mark.parametrize("seed", [3, 31, 77])  # 31: oP alone would win
def test_errors_do_not_lower_the_symmetry(seed):
    exact = lines_of("tP", (5.1, 5.1, 8.7, 90, 90, 90), 20)
    noise = 2e-5 * np.random.default_rng(seed).standard_normal(20)
    peaks = observe(peak_list(exact + noise))
    entries = ranked([("oP", (5.1, 5.1, 8.7, 90, 90, 90)), ("tP", (5.1, 5.1, 8.7, 90, 90, 90))], peaks)
    assert [entry.symbol for entry in entries] == ["tP"]


def test_a_cell_that_clearly_is_less_symmetric_keeps_its_symmetry():
    peaks = observe(peak_list(lines_of("oP", (5.1, 5.11, 8.7, 90, 90, 90), 20)))
    entries = ranked([("oP", (5.1, 5.11, 8.7, 90, 90, 90)), ("tP", (5.105, 5.105, 8.7, 90, 90, 90))], peaks)
    assert entries[0].symbol == "oP"


@pytest.mark.parametrize("seed", range(3))
def test_a_cell_that_has_a_cubic_lattices_lines_by_its_axial_ratio_comes_behind_it(seed):
    exact = lines_of("cP", (6.0, 6.0, 6.0, 90, 90, 90), 20)
    noise = 3e-5 * np.random.default_rng(seed).standard_normal(20)
    peaks = observe(peak_list(exact + noise))
    tetragonal = ("tP", (6 / np.sqrt(2), 6 / np.sqrt(2), 6.0, 90, 90, 90))
    alone = ranked([tetragonal], peaks)[0]
    both = ranked([tetragonal, ("cP", (6.0, 6.0, 6.0, 90, 90, 90))], peaks)
    assert [entry.symbol for entry in both] == ["cP", "tP"]
    assert both[1].evidence == pytest.approx(alone.evidence - CHOSEN.coincidence)


def test_the_order_is_that_of_the_evidence(monoclinic):
    cells = [("mP", (14.8, 5.9, 14.9, 90, 95.4, 90)), ("mP", (7.4, 5.9, 7.45, 90, 95.4, 90)), ("mP", MONOCLINIC)]
    entries = ranked(cells, monoclinic)
    assert len(entries) == 3
    assert same_lattice(entries[0].niggli, MONOCLINIC)
    values = [entry.evidence for entry in entries]
    assert values == sorted(values, reverse=True)
    for entry in entries:
        assert log_evidence(entry.refined, monoclinic)[0] == pytest.approx(entry.evidence)


def test_the_order_of_the_results_does_not_matter(monoclinic):
    cells = [("mP", MONOCLINIC), ("aP", MONOCLINIC), ("mP", (7.4, 11.8, 14.9, 90, 95.4, 90)), ("oP", ORTHORHOMBIC)]
    results = [(symbol, refined(symbol, cell, monoclinic)) for symbol, cell in cells]
    forwards, backwards = rank(results, monoclinic), rank(results[::-1], monoclinic)
    assert [(e.symbol, e.evidence, e.cell) for e in forwards] == [(e.symbol, e.evidence, e.cell) for e in backwards]


def test_axes_shorter_than_atoms_can_be_apart_are_dropped():
    for axis, kept in ((1.7, 0), (1.9, 1)):
        cell = (9.0, axis, 11.0, 90, 97.0, 90)
        entries = ranked([("mP", cell)], observe(peak_list(lines_of("mP", cell, 40))))
        assert len(entries) == kept


def test_at_most_sixty_are_kept(monoclinic):
    rng = np.random.default_rng(0)
    cells = [("mP", (*rng.uniform(4, 20, 3), 90, rng.uniform(90, 110), 90)) for _ in range(150)]
    assert len(ranked(cells, monoclinic)) == 60


def test_nothing_found_is_an_empty_pool(monoclinic):
    assert rank([], monoclinic) == []
