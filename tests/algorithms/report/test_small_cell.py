from __future__ import annotations

import iotbx.phil
import pytest
from cctbx import crystal

from mlindex_plugin.algorithms.ranking import with_extinction
from mlindex_plugin.algorithms.report.small_cell import small_cell_phil


@pytest.mark.parametrize("index", range(6))
def test_small_cell_process_understands_it(solutions, index):
    small_cell_index = pytest.importorskip(
        "xfel.small_cell.command_line.small_cell_index", reason="xfel is not installed"
    )
    scope = iotbx.phil.parse(small_cell_index.small_cell_phil_str)
    working, unknown = scope.fetch(
        source=iotbx.phil.parse(small_cell_phil(solutions[index])), track_unused_definitions=True
    )
    assert unknown == []
    small_cell = working.extract().small_cell
    # As small_cell itself builds the symmetry; it raises where cell and group disagree.
    symmetry = crystal.symmetry(unit_cell=small_cell.powdercell, space_group_symbol=small_cell.spacegroup)
    assert symmetry.is_compatible_unit_cell()
    assert small_cell.powdercell.parameters() == pytest.approx(solutions[index].unit_cell, abs=1e-5)
    assert small_cell.spacegroup == solutions[index].space_group


def test_the_first_line_tells_which_solution(solutions):
    first = small_cell_phil(solutions[0]).splitlines()[0]
    assert first == "# dials.mlindex_powder, rank 1: mP, 19 of 20 lines indexed, M = 41.3"


def test_the_group_has_the_likely_absences_and_the_others_are_named(solutions):
    lines = small_cell_phil(with_extinction(solutions)[0]).splitlines()
    assert lines[1].startswith("# extinction symbol P 1 21/c 1 (")
    assert lines[1].endswith("): P 1 21/c 1")
    assert '  spacegroup = "P 1 21/c 1"' in lines
