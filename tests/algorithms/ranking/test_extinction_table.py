from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from cctbx import sgtbx

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.ranking.extinction_table import absences, in_solution_setting, name_of, symbols_of

# Extinction symbols of the lattices, all settings of the axes counted (International Tables A, table 3.1.4.1).
NUMBERS = {"cF": 5, "cI": 5, "cP": 7, "hP": 7, "hR": 2, "tI": 8, "tP": 23, "oF": 5, "oI": 8, "oC": 9, "oP": 71}
NUMBERS |= {"mC": 2, "mP": 8, "aP": 1}


@pytest.mark.parametrize("lattice", LATTICES)
def test_symbols_of_a_lattice(lattice):
    symbols = symbols_of(lattice)
    assert len({symbol.name for symbol in symbols}) == len(symbols) == NUMBERS[lattice]
    assert sum(symbol.share for symbol in symbols) == pytest.approx(1, abs=1e-4)
    assert min(symbol.share for symbol in symbols) > 0
    patterns = set()
    for symbol in symbols:
        of_symbol = {absences(sgtbx.space_group_info(group).group()) for group in symbol.space_groups}
        assert len(of_symbol) == 1, symbol.name
        patterns |= of_symbol
    assert len(patterns) == len(symbols)


def test_every_space_group_is_there():
    counts = Counter(
        sgtbx.space_group_info(group).type().number()
        for lattice in LATTICES
        for symbol in symbols_of(lattice)
        for group in symbol.space_groups
    )
    assert set(counts) == set(range(1, 231))
    assert counts[14] == 3 and counts[62] == 6 and counts[61] == 2 and counts[225] == 1


@pytest.mark.parametrize(
    ("lattice", "group", "name"),
    [
        ("oP", "P n m a", "P n - a"),
        ("oP", "P m n b", "P - n b"),
        ("oC", "C m c m", "C - c -"),
        ("oI", "I b a m", "I b a -"),
        ("oF", "F d d 2", "F d d -"),
        ("tP", "P -4 21 c", "P - 21 c"),
        ("tP", "P 42/n", "P 42/n - -"),
        ("tI", "I 41/a c d", "I a c d"),
        ("hP", "P 63/m m c", "P - - c"),
        ("hR", "R -3 c :H", "R - c"),
        ("cI", "I -4 3 d", "I - - d"),
        ("cP", "P m -3 n", "P - - n"),
        ("mP", "P 1 21/a 1", "P 1 21/a 1"),
        ("mC", "C 1 2/c 1", "C 1 c 1"),
    ],
)
def test_names_are_those_of_international_tables(lattice, group, name):
    assert name_of(lattice, sgtbx.space_group_info(group).group()) == name


def test_a_monoclinic_group_on_the_axes_of_the_solution():
    # the search setting has its glide along a + c; the solution has the two shortest axes
    oblique = np.array([7.4, 5.9, 15.9, 90, 111.17, 90])
    assert name_of("mP", in_solution_setting(LATTICES["mP"], "P 1 21/n 1", oblique)) == "P 1 21/c 1"
    straight = np.array([7.4, 5.9, 14.9, 90, 95.4, 90])
    assert name_of("mP", in_solution_setting(LATTICES["mP"], "P 1 21/n 1", straight)) == "P 1 21/n 1"
    body = np.array([9.3, 7.7, 11.5, 90, 102, 90])
    assert name_of("mC", in_solution_setting(LATTICES["mC"], "I 1 2/a 1", body)) == "C 1 c 1"
    assert name_of("mC", in_solution_setting(LATTICES["mC"], "I 1 2/m 1", body)) == "C 1 - 1"
