from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlindex_plugin.algorithms.ranking import Extinction
from mlindex_plugin.algorithms.report.table import (
    WIDTH,
    cell_texts,
    extinction_lines,
    solutions_table,
    unindexed_text,
    zero_shift_text,
)


def test_the_row_of_a_solution(solutions):
    first = solutions_table(solutions).splitlines()[2]
    assert first.split() == (
        [
            "1",
            "0.95",
            "mP",
            "5.9300",
            "7.3200",
            "29.2000",
            "90",
            "95.400",
            "90",
            "1261.9",
            "41.3",
            "96.4",
            "19/20",
            "-",
            "5.764",
        ]
    )


def test_columns_are_aligned_and_fit(solutions):
    wide = replace(solutions[0], unit_cell=(123.4567, 7.32, 129.2, 90.0, 115.4, 90.0), volume=112345.6)
    wide = replace(wide, zero_shift=-0.01234, zero_shift_sigma=0.0015)
    lines = solutions_table([*solutions, wide]).splitlines()
    assert max(map(len, lines)) <= WIDTH
    ends = {line.index("/20") for line in lines[2:]}
    assert len(ends) == 1
    assert lines[-1].split()[13] == "-0.0123(15)"


def test_a_triclinic_cell_with_a_zero_shift_fits_too(solutions):
    cell = (11.2034, 17.1034, 18.9034, 99.123, 96.456, 104.789)
    merit = {"M": 141.3, "F": 196.4}
    row = replace(
        solutions[0],
        unit_cell=cell,
        zero_shift=-0.01234,
        zero_shift_sigma=0.0015,
        figures_of_merit=merit,
        volume=12345.6,
    )
    lines = solutions_table([row]).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert lines[0].split()[-1] == "left"  # no room for the whole head
    assert lines[2].endswith("19/20  -0.0123(15)  5.764")


@pytest.mark.parametrize(
    "shift, error, text",
    [
        (0.02134, 0.0015, "0.0213(15)"),
        (-0.0001, 0.014, "0.000(14)"),
        (-0.0213, 0.02, "-0.02(2)"),
        (0.0213, np.inf, "0.0213"),
        (None, None, "-"),
    ],
)
def test_the_zero_shift_with_its_error(solutions, shift, error, text):
    assert zero_shift_text(replace(solutions[0], zero_shift=shift, zero_shift_sigma=error)) == text


def test_a_probability_is_never_certain(solutions):
    shown = [row.split()[1] for row in solutions_table(solutions).splitlines()[2:]]
    assert shown == ["0.95", "0.02", "0.01", "<0.01", "<0.01", "<0.01"]
    assert solutions_table([replace(solutions[0], probability=0.9999)]).splitlines()[2].split()[1] == ">0.99"
    assert solutions_table([replace(solutions[0], probability=None)]).splitlines()[2].split()[1] == "-"


def test_no_wavelength_no_f(solutions):
    row = solutions_table([solutions[4]]).splitlines()[-1].split()
    assert row[11] == "-"


def test_unindexed_lines_as_many_as_fit(solutions):
    bad = solutions[4]
    d = 1 / np.sqrt(bad.q2_obs[~bad.indexed])
    everything = unindexed_text(bad, 1000)
    assert everything.split() == [f"{value:.4g}" for value in d]
    assert unindexed_text(bad, 18) == f"{d[0]:.4g} {d[1]:.4g} +{len(d) - 2}"
    assert unindexed_text(bad, 3) == str(len(d))
    assert unindexed_text(replace(bad, indexed=np.ones(20, bool)), 30) == ""


def test_angles_fixed_by_symmetry_have_no_decimals():
    assert cell_texts((4.0, 4.0, 12.5, 90.0, 90.0, 120.0)) == ["4.0000", "4.0000", "12.5000", "90", "90", "120"]


def test_extinction_symbols_up_to_nine_tenths_of_the_probability(solutions):
    shares = {"P 1 21/c 1": 0.6, "P 1 21 1": 0.25, "P 1 c 1": 0.1, "P 1 - 1": 0.05}
    first = replace(solutions[0], extinction=tuple(Extinction(name, p, ()) for name, p in shares.items()))
    even = replace(solutions[1], extinction=tuple(Extinction(f"s{i}", 0.1, ()) for i in range(10)))
    assert extinction_lines([first, even, solutions[2]]).splitlines() == [
        "Extinction symbols (probability)",
        "1 mP  P 1 21/c 1 (0.60), P 1 21 1 (0.25), P 1 c 1 (0.10)",
        "2 aP  s0 (0.10), s1 (0.10), s2 (0.10), 6 more",
    ]
    assert extinction_lines(solutions) == ""
