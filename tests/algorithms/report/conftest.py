"""A run whose truth is known: the lines of a mithrene-like cell with errors and one contaminant, made by cctbx."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cctbx import crystal, miller

from mlindex_plugin.algorithms.indexing import SearchResult
from mlindex_plugin.algorithms.peaks import Pattern, PeakList
from mlindex_plugin.algorithms.ranking import Alternative, DecidingLine, Solution, verdict_of
from mlindex_plugin.algorithms.report import RunRecord
from mlindex_plugin.phil import powder_scope

MITHRENE = (5.93, 7.32, 29.2, 90.0, 95.4, 90.0)
CONTAMINANT = 0.0301  # 1/Å², between two lines of the cell
WAVELENGTH = 1.0332


def predicted_lines(cell, space_group, q2_max):
    """q2 and Miller indices of the lines allowed by `space_group`, ascending, each line once."""
    symmetry = crystal.symmetry(unit_cell=cell, space_group_symbol=space_group)
    indices = miller.build_set(symmetry, anomalous_flag=False, d_min=1 / np.sqrt(q2_max)).indices()
    hkl = np.array(list(indices))
    q2 = symmetry.unit_cell().d_star_sq(indices).as_numpy_array()
    order = np.argsort(q2)
    q2, hkl = q2[order], hkl[order]
    first = np.concatenate([[True], np.diff(q2) > 1e-9])
    return q2[first], hkl[first]


@pytest.fixture
def peaks():
    rng = np.random.default_rng(7)
    q2, _ = predicted_lines(MITHRENE, "P 1 21/c 1", 0.14)
    q2 = np.sort(np.append(q2[:24], CONTAMINANT))
    sigma = 1e-5 + 2e-4 * q2 + 4e-7 / np.sqrt(q2)
    positions = np.where(q2 == CONTAMINANT, q2, q2 + rng.normal(0, sigma))
    intensity = rng.gamma(1.2, 400, len(q2)) + 40
    grid = np.linspace(0.02, 0.42, 5000) ** 2
    profile = sum(
        i * np.exp(-0.5 * ((np.sqrt(grid) - np.sqrt(p)) / 6e-4) ** 2) for p, i in zip(q2, intensity, strict=True)
    )
    pattern = Pattern(grid, rng.poisson(profile + 30 + 400 * np.exp(-np.sqrt(grid) / 0.05)).astype(float))
    return PeakList(
        positions,
        sigma,
        intensity,
        WAVELENGTH,
        unit="spots",
        sigma_measured=True,
        source="combined.refl",
        pattern=pattern,
        notes=("145 shots only: 1,000 are wanted.",),
    )


def explain(rank, peaks, n_peaks, lattice, cell, space_group, merit, sigmas=(0.0005, 0.0006, 0.003, 0, 0.006, 0)):
    """A Solution: every peak given the nearest line of `cell`, indexed within four standard errors."""
    q2_obs, sigma = peaks.q2[:n_peaks], peaks.sigma[:n_peaks]
    lines, hkl = predicted_lines(cell, space_group, q2_obs[-1] * 1.02)
    nearest = np.abs(lines[None, :] - q2_obs[:, None]).argmin(axis=1)
    indexed = np.abs(lines[nearest] - q2_obs) < 4 * sigma
    symmetry = crystal.symmetry(unit_cell=cell, space_group_symbol=space_group)
    return Solution(
        rank=rank,
        bravais_lattice=lattice,
        unit_cell=cell,
        unit_cell_sigma=sigmas,
        space_group=space_group,
        volume=symmetry.unit_cell().volume(),
        niggli_cell=symmetry.niggli_cell().unit_cell().parameters(),
        figures_of_merit=merit,
        n_indexed=int(indexed.sum()),
        n_peaks=n_peaks,
        zero_shift=None,
        zero_shift_sigma=None,
        q2_obs=q2_obs,
        q2_calc=lines[nearest],
        sigma=sigma,
        hkl=hkl[nearest],
        indexed=indexed,
        q2_lines=lines[lines <= q2_obs[-1]],
    )


def doubled():
    """The cell with its first axis doubled, as an alternative of the first solution."""
    a, b, c, _, beta, _ = MITHRENE
    lines = (
        DecidingLine(0.0071744, 11.806, 5.0154, True, False),
        DecidingLine(0.0082, 11.0432, 5.3622, False, True),
        DecidingLine(0.21, 2.1822, 27.39, True, None),
    )
    return Alternative(
        bravais_lattice="mP",
        unit_cell=(2 * a, b, c, 90.0, beta, 90.0),
        volume=2523.8,
        rank=3,
        score_difference=-4.5,
        indices=(2, 1),
        matrix=((2.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
        deviation=None,
        same_lines=False,
        geometric=False,
        deciding_lines=lines,
        n_deciding_lines=40,
        q2_limit=0.16,
    )


@pytest.fixture
def solutions(peaks):
    a, b, c, _, beta, _ = MITHRENE
    first, *others = [
        explain(1, peaks, 20, "mP", MITHRENE, "P 1 2 1", {"M": np.float64(41.27), "F": 96.4, "score": 118.2}),
        explain(2, peaks, 20, "aP", (a, b, c, 90.02, beta, 89.97), "P 1", {"M": 17.9, "F": 44.0, "score": 80.0}),
        explain(3, peaks, 20, "mP", (2 * a, b, c, 90.0, beta, 90.0), "P 1 2 1", {"M": 20.1, "F": 50.1, "score": 71.0}),
        explain(4, peaks, 20, "mC", (2 * a, 2 * b, c, 90.0, beta, 90.0), "C 1 2 1", {"M": 9.3, "F": 12.1, "score": 40}),
        explain(5, peaks, 20, "oP", (a, b, c, 90.0, 90.0, 90.0), "P 2 2 2", {"M": 3.1, "F": None, "score": 12.0}),
        explain(6, peaks, 20, "oC", (12.1, 14.7, 29.0, 90.0, 90.0, 90.0), "C 2 2 2", {"M": 2.9, "F": 8, "score": 9.0}),
    ]
    first = replace(first, alternatives=(doubled(),))
    shares = (0.953, 0.018, 0.006, 0.002, 0.001, 0.0)
    return [replace(one, probability=p) for one, p in zip([first, *others], shares, strict=True)]


@pytest.fixture
def result(solutions):
    return SearchResult(
        solutions=solutions,
        lattices_searched=("cF", "cI", "cP", "hP", "hR", "tI", "tP", "oC", "oF", "oI", "oP", "mC", "mP"),
        lattices_skipped={"aP": "20 peaks are fewer than asked for."},
        n_peaks=20,
        stopped=None,
        candidates={"cP": 120, "mP": 10000},
        seconds={"search": 3.25, "refine": 0.5},
        notes=(),
        p_none=0.02,
        verdict=verdict_of(solutions, 0.02),
    )


@pytest.fixture
def run(peaks, result):
    import iotbx.phil

    scope = powder_scope()
    working = scope.fetch(source=iotbx.phil.parse("search.seed=3\nmp.nproc=2\noutput.directory=there"))
    return RunRecord(("combined.expt", "combined.refl"), peaks, result, working, scope.fetch_diff(working).as_str())
