"""One search and what came of it, against the truth."""

from __future__ import annotations

import time

import numpy as np

from mlindex_plugin.algorithms.batch.steps import working_scope
from mlindex_plugin.algorithms.benchmark.agreement import STRICT, rank_of_truth
from mlindex_plugin.algorithms.benchmark.searches import Search, Truth
from mlindex_plugin.algorithms.phases import rounds_for
from mlindex_plugin.algorithms.ranking import Solution, build_solution, rank
from mlindex_plugin.algorithms.search import refine_cells, run_unit
from mlindex_plugin.errors import InputError

# A wrong cell explains the pattern if it indexes this part of the lines that the true one indexes.
_NEARLY = 0.95
_METRIC_DELTA = 0.02  # degrees; see `metric_bravais_lattice_symbol`


def judge(search: Search, diff: str) -> dict:
    """Search a list and compare what was found with the truth.

    Parameters
    ----------
    search : Search
    diff : str
        PHIL text of the parameters of ``dials.mlindex_powder`` that differ from their defaults.

    Returns
    -------
    dict
        JSON values; docs/benchmark.md says what each is.
    """
    from threadpoolctl import threadpool_limits

    params = working_scope(diff).extract()
    if search.known_lattice:
        params.search.bravais_lattices = [search.truth.bravais_lattice]
    wall, processor = time.perf_counter(), time.process_time()
    try:
        with threadpool_limits(1):
            rounds = rounds_for(search.peaks, params)
            _run(rounds, params.search.time_limit)
            result = rounds.result(time.perf_counter() - wall)
    except InputError as refused:
        return {**refusal(str(refused)), **_seconds(wall, processor)}
    seconds = _seconds(wall, processor)
    true = solution_of_truth(search.truth, rounds.observed, search.peaks.wavelength)
    return {
        **_verdict(result.solutions, true, search.truth),
        **seconds,
        "n_used": result.n_peaks,
        "candidates": int(sum(result.candidates.values())),
        "stopped": result.stopped,
        "error": None,
    }


def refusal(error: str) -> dict:
    """The verdict on a search that gave no answer."""
    ranks = {"rank": None, "rank_bravais": None, "rank_strict": None}
    nothing = {"scores": [], "best": None, "true": None, "n_used": None, "candidates": 0, "stopped": None}
    spent = {"seconds": 0.0, "processor_seconds": 0.0}
    return {**ranks, "explains": False, "failure": "refused", **nothing, **spent, "error": error}


def solution_of_truth(truth: Truth, observed, wavelength: float | None) -> Solution | None:
    """The true cell, refined on the peaks and scored as the search refines and scores; None where that fails.

    Parameters
    ----------
    truth : Truth
    observed : mlindex_plugin.algorithms.search.Observed
    wavelength : float or None
        Å.
    """
    symbol = truth.bravais_lattice
    entries = rank([(symbol, refine_cells(symbol, truth.x[None], observed))], observed)
    return build_solution(entries[0], observed, 1, wavelength) if entries else None


def _run(rounds, time_limit: float | None) -> None:
    """All rounds in this process: signals are left to whoever hands out the searches."""
    end = np.inf if time_limit is None else time.perf_counter() + time_limit

    def cut() -> bool:
        if time.perf_counter() > end:
            rounds.stopped = "time_limit"
        return rounds.stopped is not None

    while rounds.units:
        rounds.advance([None if cut() else run_unit(unit, rounds.observed) for unit in rounds.units], cut)


def _verdict(solutions: list[Solution], true: Solution | None, truth: Truth) -> dict:
    from cctbx import uctbx

    cell = uctbx.unit_cell(truth.niggli)
    rank_right = rank_of_truth(solutions, cell)
    best = solutions[0] if solutions else None
    scores = [solution.figures_of_merit["score"] for solution in solutions]
    if rank_right is not None:  # the search may have refined it better than a start from the exact cell does
        reached = solutions[rank_right - 1]
        true = reached if true is None or _score(reached) > _score(true) else true
    return {
        "rank": rank_right,
        "rank_bravais": rank_of_truth(solutions, cell, bravais_lattices=right_lattices(truth)),
        "rank_strict": rank_of_truth(solutions, cell, STRICT),
        "explains": best is not None and (rank_right == 1 or explains(best, true)),
        "failure": None if rank_right == 1 else kind_of_failure(best, true),
        "scores": scores[:2],
        "best": None if best is None else _summary(best),
        "true": None if true is None else _summary(true),
    }


def right_lattices(truth: Truth) -> set[str]:
    """The true Bravais lattice, and that of the cell alone: lines cannot tell the two apart."""
    from cctbx import crystal

    from mlindex_plugin.algorithms.simulate.structure import metric_bravais_lattice_symbol

    primitive = crystal.symmetry(truth.niggli, "P 1")
    return {truth.bravais_lattice, metric_bravais_lattice_symbol(primitive, _METRIC_DELTA)}


def explains(best: Solution, true: Solution | None) -> bool:
    """Whether a cell explains the pattern as well as the true one does.

    It indexes at least 95 % of the lines that the true one indexes, and its score is no lower, and above zero, that of
    random lines.
    """
    if true is None or _score(best) <= 0:
        return False
    return best.n_indexed >= _NEARLY * true.n_indexed and _score(best) >= _score(true)


def kind_of_failure(best: Solution | None, true: Solution | None) -> str:
    """Why the truth is not at rank 1.

    ``search``: it has a higher score than the best cell found, so more search would have put it first. ``ranking``: a
    wrong cell has the higher score.
    """
    if best is None or (true is not None and _score(true) > _score(best)):
        return "search"
    return "ranking"


def _score(solution: Solution) -> float:
    return solution.figures_of_merit["score"]


def _seconds(wall: float, processor: float) -> dict:
    return {
        "seconds": round(time.perf_counter() - wall, 3),
        "processor_seconds": round(time.process_time() - processor, 3),
    }


def _summary(solution: Solution) -> dict:
    return {
        "bravais_lattice": solution.bravais_lattice,
        "unit_cell": [round(float(value), 5) for value in solution.unit_cell],
        "score": float(_score(solution)),
        "M": solution.figures_of_merit.get("M"),
        "n_indexed": solution.n_indexed,
        "n_peaks": solution.n_peaks,
        "zero_shift": solution.zero_shift,
        "zero_shift_sigma": solution.zero_shift_sigma,
        "probability": solution.probability,
    }
