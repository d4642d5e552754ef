from __future__ import annotations

from dataclasses import replace

import numpy as np
from known_crystals import lines_of, peak_list, refined

from mlindex_plugin.algorithms.lattice import LATTICES, free_xnn
from mlindex_plugin.algorithms.ranking.coincidences import charged_for_coincidences
from mlindex_plugin.algorithms.ranking.entry import entry_of
from mlindex_plugin.algorithms.search import observe

PEAKS = observe(peak_list(lines_of("cI", (12.0, 12.0, 12.0, 90, 90, 90), 20)))
CHARGE = 6.0
CUBIC = ("cI", (12.0, 12.0, 12.0, 90, 90, 90))


def unrefined(symbol, cell):
    """A candidate with exactly this cell."""
    return replace(refined(symbol, cell, PEAKS), x=free_xnn(LATTICES[symbol], np.array(cell, dtype=float))[None])


def charges(*cells):
    """What is charged for each cell (lattice, cell, evidence), lattices of points alone."""
    entries = [entry_of(symbol, unrefined(symbol, cell), evidence) for (symbol, cell), evidence in cells]
    charged = charged_for_coincidences(entries, CHARGE)
    return [before.evidence - after.evidence for before, after in zip(entries, charged, strict=True)]


def test_a_cell_with_part_of_a_simpler_lattices_lines_is_charged():
    # axes a + b, a - b and c of a quarter of the body-centred cell
    quarter = ("tP", (72**0.5, 72**0.5, 3.0, 90, 90, 90))
    assert charges((CUBIC, 30.0), (quarter, 35.0)) == [0.0, CHARGE]
    # a sublattice that is far behind is one by chance
    assert charges((CUBIC, 30.0), (quarter, 45.0)) == [0.0, 0.0]


def test_other_ratios_are_not_charged():
    assert charges((CUBIC, 30.0), (("tP", (72**0.5, 72**0.5, 6.4, 90, 90, 90)), 35.0)) == [0.0, 0.0]
    assert charges((CUBIC, 30.0), (("cP", (6.0, 6.0, 6.0, 90, 90, 90)), 35.0)) == [0.0, 0.0]


def test_a_geometric_ambiguity_is_charged_wherever_the_other_stands():
    # hexagonal a, c and orthorhombic a/2, a√3/2, c: the same lines (Mighell & Santoro 1975)
    a, c = 4.913, 5.405
    orthorhombic = ("oP", (a / 2, a * np.sqrt(3) / 2, c, 90, 90, 90))
    assert charges((("hP", (a, a, c, 90, 90, 120)), 5.0), (orthorhombic, 20.0)) == [0.0, CHARGE]
    # far behind the first nobody looks
    assert charges((CUBIC, 50.0), (("hP", (a, a, c, 90, 90, 120)), 5.0), (orthorhombic, 20.0)) == [0.0, 0.0, 0.0]
