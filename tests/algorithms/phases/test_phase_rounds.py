"""Two phases in one list: both cells are found, refined together, and what is not there is said."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import iotbx.phil
import numpy as np
import pytest
from known_crystals import WAVELENGTH, lines_of, peak_list, q2_of, same_lattice, two_theta_of

from mlindex_plugin.algorithms.indexing import search
from mlindex_plugin.algorithms.peaks import PeakList
from mlindex_plugin.algorithms.phases import PhaseRounds, rounds_for
from mlindex_plugin.algorithms.report import RunRecord, write_report
from mlindex_plugin.algorithms.rounds import Rounds
from mlindex_plugin.algorithms.search import run_unit
from mlindex_plugin.errors import InputError
from mlindex_plugin.phil import powder_scope

CUBIC = (6.31, 6.31, 6.31, 90, 90, 90)
HEXAGONAL = (4.913, 4.913, 5.405, 90, 90, 120)
SHIFT = 0.03


def scope(*assignments):
    defaults = "search.bravais_lattices=cP hP", "search.effort=quick", "mp.nproc=1", "search.n_phases=2"
    return powder_scope().fetch(iotbx.phil.parse("\n".join([*defaults, *assignments])))


def mixture(shift=0.0):
    """Lines of both cells in the same range, those that coincide once, positions in two-theta."""
    cubic = lines_of("cP", CUBIC, 18)
    hexagonal = lines_of("hP", HEXAGONAL, 30)
    q2 = np.sort(np.concatenate([cubic, hexagonal[hexagonal < cubic[-1]]]))
    two_theta = two_theta_of(q2)
    apart = np.append(True, np.diff(two_theta) > 0.05)
    return peak_list(q2_of(two_theta[apart] + shift), 0.01, unit="two_theta", wavelength=WAVELENGTH)


@pytest.fixture(scope="module")
def found():
    return search(mixture(SHIFT), scope().extract())


def test_both_phases_are_found_and_share_the_zero_shift(found):
    (second,) = found.phases
    best = found.solutions[0], second[0]
    assert {one.bravais_lattice for one in best} == {"cP", "hP"}
    for cell in (CUBIC, HEXAGONAL):
        assert any(same_lattice(one.unit_cell, cell, 5e-4, 0.05) for one in best)
    assert best[0].zero_shift == best[1].zero_shift == pytest.approx(SHIFT, abs=0.003)
    assert abs(best[0].zero_shift - SHIFT) < 3 * best[0].zero_shift_sigma
    assert not np.any(best[0].indexed & best[1].indexed)  # no peak has two lines
    assert np.mean(best[0].indexed | best[1].indexed) > 0.9
    assert [one.rank for one in second] == list(range(1, len(second) + 1))
    assert any("2 phases were refined together" in note for note in found.notes)


def test_the_report_has_a_part_for_each_phase(found, tmp_path):
    (tmp_path / "small_cell_3_1.phil").write_text("of an earlier run")
    names = {path.name for path in write_report(RunRecord(("mix.txt",), mixture(SHIFT), found, scope()), tmp_path)}
    assert {"small_cell_1.phil", "small_cell_2_1.phil"} <= names
    assert not (tmp_path / "small_cell_3_1.phil").exists()
    (phase,) = json.loads((tmp_path / "mlindex_powder.json").read_text())["phases"]
    assert phase["phase"] == 2
    assert phase["solutions"][0]["unit_cell"] == list(found.phases[0][0].unit_cell)
    page = (tmp_path / "mlindex_powder.html").read_text()
    assert "<h2>Phase 2</h2>" in page and f"phase 2: 1 {found.phases[0][0].bravais_lattice}" in page


def test_two_identical_phases_are_one(tmp_path):
    result = search(peak_list(lines_of("hP", HEXAGONAL, 24), 0.01), scope().extract())
    assert result.phases == ()
    assert same_lattice(result.solutions[0].unit_cell, HEXAGONAL)
    assert any("only 1 found: 0 lines are left, too few" in note for note in result.notes)


def test_lines_of_no_phase_are_no_second_phase():
    rng = np.random.default_rng(5)
    own = lines_of("hP", HEXAGONAL, 24)
    noise = rng.uniform(0.1, own[-1], 9)
    noise = noise[np.min(np.abs(noise[:, None] - own), axis=1) > 4e-3]
    result = search(peak_list(np.sort(np.concatenate([own, noise])), 0.01), scope().extract())
    assert len(noise) >= 6
    assert result.phases == ()
    assert same_lattice(result.solutions[0].unit_cell, HEXAGONAL)
    assert any("only 1 found: no cell explains the" in note for note in result.notes)


def test_the_search_can_go_on_elsewhere():
    peaks = mixture()
    here, elsewhere = (PhaseRounds(peaks, scope().extract()) for _ in range(2))
    while here.units:
        here.advance([run_unit(unit, here.observed) for unit in here.units])
        elsewhere.advance([run_unit(unit, elsewhere.observed) for unit in elsewhere.units])
        elsewhere = pickle.loads(pickle.dumps(elsewhere))
    assert not elsewhere.units
    one, other = (rounds.result(1.0) for rounds in (here, elsewhere))
    assert one.solutions[0].unit_cell == other.solutions[0].unit_cell
    assert one.phases[0][0].unit_cell == other.phases[0][0].unit_cell


def test_a_cut_search_gives_the_best_so_far():
    rounds = PhaseRounds(mixture(), scope().extract())
    rounds.stopped = "time_limit"
    rounds.advance([run_unit(unit, rounds.observed) for unit in rounds.units])
    assert not rounds.units
    result = rounds.result(1.0)
    assert result.stopped == "time_limit" and result.solutions and result.phases == ()


def test_one_phase_is_searched_as_ever():
    peaks = replace(mixture(), notes=())
    assert isinstance(peaks, PeakList)
    assert type(rounds_for(peaks, scope("search.n_phases=1").extract())) is Rounds


def test_the_phases_know_whether_there_is_a_zero_shift():
    assert PhaseRounds(mixture(), scope().extract()).observed.shift_column.size > 0
    assert PhaseRounds(mixture(), scope("search.zero_shift=fix").extract()).observed.shift_column.size == 0
    with pytest.raises(InputError, match="^mix.txt: search.zero_shift=refine needs"):
        PhaseRounds(replace(mixture(), unit="d", source="mix.txt"), scope("search.zero_shift=refine").extract())


def test_an_error_of_scale_is_in_the_errors_of_every_phase(found):
    wide = search(mixture(SHIFT), scope("input.scale_error=0.01").extract())
    assert [one.unit_cell for one in best_of(wide)] == [one.unit_cell for one in best_of(found)]
    for one, other in zip(best_of(found), best_of(wide), strict=True):
        expected = np.hypot(one.unit_cell_sigma[:3], 0.01 * np.array(one.unit_cell[:3]))
        assert other.unit_cell_sigma[:3] == pytest.approx(expected)
    assert len(best_of(wide)) == 2


def best_of(result):
    """The first solution of each phase."""
    return [result.solutions[0], *(phase[0] for phase in result.phases)]
