from __future__ import annotations

import numpy as np
import pytest
from cctbx import crystal, miller, sgtbx

from mlindex_plugin.algorithms.ranking.extinction_lines import expected_intensities, reflections_of
from mlindex_plugin.algorithms.ranking.extinction_table import symbols_of

CELLS = {
    "cP": (9.0, 9.0, 9.0, 90, 90, 90),
    "hP": (6.0, 6.0, 9.1, 90, 90, 120),
    "hR": (6.0, 6.0, 19.1, 90, 90, 120),
    "tP": (6.0, 6.0, 9.1, 90, 90, 90),
    "oP": (5.1, 6.3, 7.7, 90, 90, 90),
    "mC": (9.1, 5.1, 7.7, 90, 107, 90),
}


@pytest.mark.parametrize("lattice", CELLS)
def test_expected_intensities_are_those_of_all_reflections_one_by_one(lattice):
    # Multiplicity times epsilon, summed over the reflections of each line as cctbx counts them in each space group.
    cell, limit = CELLS[lattice], 0.15
    reflections = reflections_of(cell, lattice, limit)
    found = expected_intensities(reflections, lattice)
    lines = np.unique(np.round(reflections.q2, 9))
    for row, symbol in enumerate(symbols_of(lattice)):
        suffix = " :H" if lattice == "hR" else ""
        group = sgtbx.space_group_info(symbol.space_groups[0] + suffix)
        one = miller.build_set(crystal.symmetry(cell, space_group_info=group), False, d_min=limit**-0.5)
        one = one.select(one.d_star_sq().data() <= limit)
        weight = (one.multiplicities().data().as_double() * one.epsilons().data().as_double()).as_numpy_array()
        centring = group.group().n_ltr()
        expected = np.zeros(len(lines))
        positions = np.round(one.d_star_sq().data().as_numpy_array(), 9)
        np.add.at(expected, np.searchsorted(lines, positions - 1e-9), weight)
        own = np.zeros(len(lines))
        np.add.at(own, np.searchsorted(lines, np.round(reflections.q2, 9) - 1e-9), found[row])
        scale = expected[expected > 0] / own[expected > 0]
        assert np.array_equal(expected > 0, own > 0), symbol.name
        assert np.allclose(scale, scale[0]), symbol.name
        assert scale[0] in (1, centring)


def test_a_screw_axis_doubles_what_it_leaves():
    reflections = reflections_of(CELLS["oP"], "oP", 0.3)
    found = dict(zip([one.name for one in symbols_of("oP")], expected_intensities(reflections, "oP"), strict=True))
    h00 = np.flatnonzero(np.all(reflections.equivalent[:, 0, 1:] == 0, axis=1))
    assert [int(abs(reflections.equivalent[i, 0, 0])) for i in h00] == [1, 2]
    assert found["P 21 21 21"][h00].tolist() == [0, 4]  # multiplicity 2, doubled
