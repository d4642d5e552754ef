from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest
from known_crystals import WAVELENGTH, lines_of, peak_list, q2_of, same_lattice, two_theta_of

from mlindex_plugin import InputError, Solution, index
from mlindex_plugin.algorithms.indexing import search
from mlindex_plugin.phil import powder_scope

MONOCLINIC = (7.4, 5.9, 14.9, 90, 95.4, 90)
FLAT = (24.7, 15.4, 4.46, 90, 100, 90)  # twenty lines say too little about the short axis


@pytest.fixture(scope="module")
def peaks():
    return peak_list(lines_of("mP", MONOCLINIC, 20))


def parameters(*assignments):
    """Parameters of a quick search of mP in one process, changed by assignments."""
    import iotbx.phil

    defaults = "search.bravais_lattices=mP", "search.effort=quick", "mp.nproc=1"
    return powder_scope().fetch(iotbx.phil.parse("\n".join([*defaults, *assignments]))).extract()


def assert_identical(one, other):
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
        else:
            assert a == b, field.name


def test_exact_lines_give_the_cell_at_rank_one(peaks):
    progress = []
    result = search(peaks, parameters("search.bravais_lattices=mP aP"), lambda *told: progress.append(told))
    best = result.solutions[0]
    assert isinstance(best, Solution)
    assert best.bravais_lattice == "mP"
    assert best.unit_cell == pytest.approx(MONOCLINIC, rel=1e-6)
    assert best.n_indexed == best.n_peaks == result.n_peaks == 20
    assert [s.rank for s in result.solutions] == list(range(1, len(result.solutions) + 1))
    scores = [s.figures_of_merit["score"] for s in result.solutions]
    assert scores == sorted(scores, reverse=True)
    assert result.lattices_searched == ("mP", "aP") and result.lattices_skipped == {}
    assert result.stopped is None
    assert result.candidates["mP"] > 300 and result.candidates["aP"] > 300
    assert result.seconds["search"] > 0
    fractions = [fraction for fraction, _ in progress]
    assert fractions == sorted(fractions) and 0 < fractions[0] and fractions[-1] <= 1
    assert {message for _, message in progress} == {"20 peaks, mP", "20 peaks, aP"}


def test_the_answer_depends_on_the_seed_and_not_on_the_processes(peaks):
    short = peak_list(peaks.q2[:12])
    runs = [index(short, parameters(f"search.seed={seed}", f"mp.nproc={n}")) for seed, n in ((3, 1), (3, 2), (4, 1))]
    assert len(runs[0]) == len(runs[1]) > 5
    for one, other in zip(runs[0], runs[1], strict=True):
        assert_identical(one, other)
    assert [s.unit_cell for s in runs[2]] != [s.unit_cell for s in runs[0]]


def test_only_lattices_that_are_asked_for_are_answered(peaks):
    solutions = index(peaks, parameters("search.bravais_lattices=aP"))
    assert {s.bravais_lattice for s in solutions} == {"aP"}
    assert same_lattice(solutions[0].unit_cell, MONOCLINIC)


def test_a_zero_shift_is_found():
    two_theta = two_theta_of(lines_of("mP", MONOCLINIC, 20)) + 0.06
    best = index(peak_list(q2_of(two_theta), 0.002, unit="two_theta", wavelength=WAVELENGTH), parameters())[0]
    assert best.zero_shift == pytest.approx(0.06, abs=0.002)
    assert 0 < best.zero_shift_sigma < 0.005
    assert best.unit_cell == pytest.approx(MONOCLINIC, rel=1e-3)
    assert best.figures_of_merit["F"] > 100


def test_a_zero_shift_that_is_fixed_stays_in_the_cell():
    two_theta = two_theta_of(lines_of("mP", MONOCLINIC, 20)) + 0.06
    shifted = peak_list(q2_of(two_theta), 0.02, unit="two_theta", wavelength=WAVELENGTH)
    free, fixed = (index(shifted, parameters(f"search.zero_shift={word}"))[0] for word in ("refine", "fix"))
    assert free.zero_shift == pytest.approx(0.06, abs=0.02)
    assert fixed.zero_shift is None and fixed.zero_shift_sigma is None
    assert same_lattice(fixed.unit_cell, MONOCLINIC, 0.01, 0.5)
    assert fixed.volume < 0.995 * free.volume  # larger angles, smaller cell


def test_a_list_without_angles_is_refused_where_a_zero_shift_is_to_be_refined(peaks):
    with pytest.raises(InputError, match="^peaks: search.zero_shift=refine needs positions in two-theta"):
        index(peaks, parameters("search.zero_shift=refine"))


def test_an_error_of_scale_is_in_the_errors_and_not_in_the_cell(peaks):
    short = peak_list(peaks.q2[:12])
    plain, wide = (index(short, parameters(*more)) for more in ((), ("input.scale_error=0.002",)))
    assert len(plain) == len(wide)
    for one, other in zip(plain, wide, strict=True):
        assert one.unit_cell == other.unit_cell and one.unit_cell_sigma[3:] == other.unit_cell_sigma[3:]
        expected = np.hypot(one.unit_cell_sigma[:3], 0.002 * np.array(one.unit_cell[:3]))
        assert other.unit_cell_sigma[:3] == pytest.approx(expected)


def test_a_time_limit_stops_and_is_said(peaks):
    result = search(peaks, parameters("search.effort=thorough", "search.bravais_lattices=aP", "search.time_limit=0.1"))
    assert result.stopped == "time_limit"
    assert 0 < sum(result.candidates.values()) < 10_000  # one block
    unlimited = search(peaks, parameters("search.bravais_lattices=aP", "search.time_limit=600"))
    assert unlimited.stopped is None


def test_ctrl_c_leaves_the_best_so_far(peaks):
    told = []

    def press_ctrl_c_once(fraction, message):
        told.append(message)
        if len(told) == 3:
            os.kill(os.getpid(), signal.SIGINT)

    result = search(peaks, parameters("search.bravais_lattices=oC oF oI oP mP aP"), press_ctrl_c_once)
    assert result.stopped == "interrupted"
    assert told == ["20 peaks, oF", "20 peaks, oI", "20 peaks, oC"]
    assert [symbol for symbol, number in result.candidates.items() if number] == ["oF", "oI", "oC"]
    assert result.solutions


def test_lattices_that_seven_peaks_cannot_tell_are_skipped(peaks):
    few = peak_list(peaks.q2[:7], source="few.txt")
    for asked, given in ((few, []), (peaks, ["search.n_peaks=7"])):
        result = search(asked, parameters("search.bravais_lattices=mP,aP", *given))
        assert result.lattices_searched == ("mP",)
        assert result.lattices_skipped == {"aP": "7 peaks are too few: 6 parameters need 8."}
        assert result.n_peaks == 7
        assert {s.bravais_lattice for s in result.solutions} == {"mP"}
    with pytest.raises(InputError, match="^few.txt: 7 peaks are too few to search aP; give at least 8.$"):
        index(few, parameters("search.bravais_lattices=aP"))


@pytest.mark.parametrize(
    "assignment",
    ["search.bravais_lattices=mQ", "search.bravais_lattices=None", "search.seed=None", "search.effort=None"],
)
def test_a_senseless_parameter_is_an_input_error(peaks, assignment):
    with pytest.raises(InputError, match=f"^{assignment.split('=')[0]}"):
        index(peaks, parameters(assignment))


def test_the_number_of_peaks_can_be_given():
    result = search(peak_list(lines_of("mP", MONOCLINIC, 60)), parameters("search.n_peaks=27"))
    assert result.n_peaks == result.solutions[0].n_peaks == 27
    assert result.solutions[0].unit_cell == pytest.approx(MONOCLINIC, rel=1e-6)


def test_no_solution_is_larger_than_allowed(peaks):
    solutions = index(peaks, parameters("search.max_volume=300", "search.bravais_lattices=mP aP"))
    assert solutions
    assert max(s.volume for s in solutions) <= 300


def test_more_peaks_are_used_where_twenty_do_not_decide():
    result = search(peak_list(lines_of("mP", FLAT, 60)), parameters())
    assert result.n_peaks == result.solutions[0].n_indexed == 40
    assert same_lattice(result.solutions[0].niggli_cell, FLAT)


def test_what_twenty_peaks_decide_is_confirmed_on_more_without_more_candidates():
    lines = lines_of("mP", MONOCLINIC, 60)
    twenty = search(peak_list(lines), parameters("search.n_peaks=20"))
    all_peaks = search(peak_list(lines), parameters())
    assert all_peaks.n_peaks == all_peaks.solutions[0].n_indexed == 40
    assert all_peaks.candidates == twenty.candidates
    # lines beyond the first twenty that contradict what these say are not left out
    doubled = np.array(MONOCLINIC) * (2, 1, 1, 1, 1, 1)
    weak = np.setdiff1d(lines_of("mP", tuple(doubled), 150).round(9), lines.round(9))
    mixed = np.sort(np.concatenate([lines[:20], weak[weak > lines[19]], lines[20:]]))[:60]
    result = search(peak_list(mixed), parameters("search.bravais_lattices=mP"))
    assert result.n_peaks == 40
    assert result.solutions[0].volume == pytest.approx(2 * twenty.solutions[0].volume, rel=1e-3)


def test_lines_without_a_lattice_are_not_called_solved():
    rng = np.random.default_rng(8)
    result = search(peak_list(np.sort(rng.uniform(0.01, 0.15, 20))), parameters())
    assert all(s.figures_of_merit["score"] < 30 for s in result.solutions)
    assert result.candidates["mP"] > 5000  # it went on to the end


def test_the_package_loads_what_is_asked_for_when_it_is_asked_for():
    code = (
        "import sys, mlindex_plugin\n"
        "assert 'numba' not in sys.modules and 'mlindex_plugin.algorithms.indexing' not in sys.modules\n"
        "from mlindex_plugin import index, PeakList, Solution, InputError\n"
        "assert callable(index) and 'mlindex_plugin.algorithms.indexing' in sys.modules\n"
        "assert not any(m in sys.modules for m in ('matplotlib', 'dials', 'h5py'))\n"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert process.returncode == 0, process.stderr


def test_an_unknown_name_is_not_offered():
    with pytest.raises(ImportError, match="unindex"):
        from mlindex_plugin import unindex  # noqa: F401
