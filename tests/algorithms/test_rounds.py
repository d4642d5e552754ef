"""The search as rounds: what may be done elsewhere makes no difference."""

from __future__ import annotations

import iotbx.phil
import numpy as np
from known_crystals import lines_of, peak_list

from mlindex_plugin.algorithms.rounds import Rounds
from mlindex_plugin.algorithms.search import run_unit
from mlindex_plugin.phil import powder_scope

CELL = (7.3, 5.9, 14.8, 90, 95.4, 90)


def test_relatives_may_come_from_elsewhere_and_in_any_order():
    options = "search.effort=quick\nsearch.bravais_lattices=mP oP aP\n"
    params = powder_scope().fetch(iotbx.phil.parse(options)).extract()
    peaks = peak_list(lines_of("mP", CELL, 20))
    here, elsewhere = Rounds(peaks, params), Rounds(peaks, params)
    results = [run_unit(unit, here.observed) for unit in here.units]
    asked = []

    def backwards(function, tasks, *arguments):
        asked.extend(tasks)
        for task in reversed(tasks):
            yield task, function(task, *arguments)

    here.advance(results)
    elsewhere.advance(results, spread=backwards)
    assert len(asked) > 1
    one, other = (rounds.result(1.0).solutions for rounds in (here, elsewhere))
    assert [s.bravais_lattice for s in one] == [s.bravais_lattice for s in other]
    assert np.array_equal([s.unit_cell for s in one], [s.unit_cell for s in other])
    assert len(here.units) == len(elsewhere.units)
