from __future__ import annotations

from dataclasses import replace

import pytest
from known_crystals import WAVELENGTH, lines_of, peak_list, ranked

from mlindex_plugin.algorithms.ranking import build_solution
from mlindex_plugin.algorithms.ranking.extinction import Extinction
from mlindex_plugin.algorithms.ranking.extinction_choice import space_group_for_indexing
from mlindex_plugin.algorithms.search import observe


def solution_with(lattice, cell, shares):
    """A solution whose extinction symbols are given: of each its name, probability and space groups."""
    observed = observe(peak_list(lines_of(lattice, cell, 20)))
    found = build_solution(ranked([(lattice, cell)], observed)[0], observed, 1, WAVELENGTH)
    return replace(found, extinction=tuple(Extinction(name, p, groups) for name, p, groups in shares))


MONOCLINIC = (7.4, 5.9, 14.9, 90, 95.4, 90)
GLIDES = [("P 1 21/c 1", ("P 1 21/c 1",)), ("P 1 21/n 1", ("P 1 21/n 1",)), ("P 1 21 1", ("P 1 21 1", "P 1 21/m 1"))]


@pytest.mark.parametrize(
    ("probabilities", "group"),
    [
        ((0.83, 0.0, 0.17), "P 1 21/c 1"),
        ((0.1, 0.8, 0.1), "P 1 21/n 1"),
        ((0.5, 0.3, 0.2), "P 1 21 1"),  # which glide is open, the screw axis is not
    ],
)
def test_absences_that_are_likely_are_used(probabilities, group):
    several = [(name, p, groups) for (name, groups), p in zip(GLIDES, probabilities, strict=True)]
    assert space_group_for_indexing(solution_with("mP", MONOCLINIC, several)) == group


def test_open_absences_are_not_used():
    several = [("P 1 c 1", 0.5, ("P 1 2/c 1",)), ("P 1 n 1", 0.5, ("P 1 2/n 1",))]
    assert space_group_for_indexing(solution_with("mP", MONOCLINIC, several)) == "P 1 2 1"
    assert space_group_for_indexing(solution_with("mP", MONOCLINIC, [])) == "P 1 2 1"


def test_all_rotations_of_the_lattice_where_absences_leave_that_open():
    several = [("P n - -", 1.0, ("P 4/n", "P 4/n m m"))]
    assert space_group_for_indexing(solution_with("tP", (6.1, 6.1, 9.3, 90, 90, 90), several)) == "P 4/n m m"
    several = [("I 41/a - -", 1.0, ("I 41/a",))]
    assert space_group_for_indexing(solution_with("tI", (6.1, 6.1, 9.3, 90, 90, 90), several)) == "I 41/a"


def test_rhombohedral_groups_are_on_hexagonal_axes():
    several = [("R - c", 1.0, ("R -3 c", "R 3 c"))]
    assert space_group_for_indexing(solution_with("hR", (4.8, 4.8, 13.0, 90, 90, 120), several)) == "R -3 c :H"
