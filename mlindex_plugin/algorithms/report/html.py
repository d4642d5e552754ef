"""``mlindex_powder.html``: one self-contained page with the pattern, the lines, the residuals and the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mlindex_plugin.algorithms.ranking.verdict import probability_text
from mlindex_plugin.algorithms.report.alternatives_text import alternatives_lines
from mlindex_plugin.algorithms.report.run_record import RunRecord, versions
from mlindex_plugin.algorithms.report.scale_text import scale_text
from mlindex_plugin.algorithms.report.small_cell import LEADING, small_cell_name, small_cell_phil
from mlindex_plugin.algorithms.report.table import (
    cell_with_errors,
    extinction_text,
    number,
    unindexed_text,
    zero_shift_text,
)

if TYPE_CHECKING:
    from mlindex_plugin.algorithms.peaks import Pattern, PeakList
    from mlindex_plugin.algorithms.ranking import Solution

DRAWN = 10  # solutions that can be drawn; the table of the page lists the same
_CURVE_POINTS = 6000


def html_report(run: RunRecord) -> str:
    """The page as HTML text: style, script and data inside, nothing fetched from anywhere."""
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("mlindex_plugin.algorithms.report")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    leading = run.result.solutions[:DRAWN]
    phases = {phase: solutions[:LEADING] for phase, solutions in enumerate(run.result.phases, 2)}
    return environment.get_template("powder.html.jinja").render(
        run=run,
        params=run.scope.extract(),
        parameters=run.scope.as_str(),
        rows=[_row(solution) for solution in leading],
        scale=scale_text(leading[0], run.scope.extract().input.scale_error) if leading else None,
        phases={phase: [_row(one, phase) for one in solutions] for phase, solutions in phases.items()},
        lattices=_lattices(run),
        versions=versions(),
        seconds={**run.seconds, **run.result.seconds},
        data=plot_data(run.peaks, leading, phases),
    )


def plot_data(peaks: PeakList, solutions: list[Solution], phases: Mapping[int, list[Solution]] | None = None) -> dict:
    """What the page's script draws, as plain lists; `phases` are the solutions of further phases by their number.

    Returns
    -------
    dict
        ``wavelength``, ``unit``, ``pattern`` (``q2``, ``y``; None without one), ``peaks`` (``q2``, ``sigma``,
        ``y``) and, for each solution, ``solutions`` (``name``, ``lines``, ``q2_calc``, ``hkl``, ``indexed``).
    """
    height = np.ones(len(peaks)) if peaks.intensity is None else np.nan_to_num(peaks.intensity)
    drawn = [(f"{one.rank} {one.bravais_lattice}", one) for one in solutions]
    for phase, of_phase in (phases or {}).items():
        drawn += [(f"phase {phase}: {one.rank} {one.bravais_lattice}", one) for one in of_phase]
    return {
        "wavelength": peaks.wavelength,
        "unit": peaks.unit,
        "pattern": None if peaks.pattern is None else _curve(peaks.pattern),
        "peaks": {"q2": _short(peaks.q2), "sigma": _short(peaks.sigma, 4), "y": _short(height, 5)},
        "has_intensity": peaks.intensity is not None,
        "solutions": [
            {
                "rank": solution.rank,
                "name": name,
                "lines": _short(solution.q2_lines),
                "q2_obs": _short(solution.q2_obs),
                "q2_calc": _short(solution.q2_calc),
                "sigma": _short(solution.sigma, 4),
                "hkl": solution.hkl.tolist(),
                "indexed": solution.indexed.tolist(),
            }
            for name, solution in drawn
        ],
    }


def _curve(pattern: Pattern) -> dict:
    """The pattern with at most `_CURVE_POINTS` points: of each bin in q its lowest and highest point stay."""
    finite = np.isfinite(pattern.q2) & np.isfinite(pattern.intensity) & (pattern.q2 > 0)
    q2, intensity = pattern.q2[finite], pattern.intensity[finite]
    if len(q2) > _CURVE_POINTS:
        edges = np.linspace(np.sqrt(q2[0]), np.sqrt(q2[-1]), _CURVE_POINTS // 2)
        bins = np.split(np.arange(len(q2)), np.searchsorted(np.sqrt(q2), edges[1:-1]))
        extremes = [part[[np.argmin(intensity[part]), np.argmax(intensity[part])]] for part in bins if len(part)]
        kept = np.unique(np.concatenate(extremes))
        q2, intensity = q2[kept], intensity[kept]
    return {"q2": _short(q2, 7), "y": _short(intensity, 5)}


def _short(values: np.ndarray, digits: int = 9) -> list[float]:
    return [float(f"{value:.{digits}g}") for value in values]


def _row(solution: Solution, phase: int = 1) -> dict:
    merit = solution.figures_of_merit
    return {
        "solution": solution,
        "cell": cell_with_errors(solution),
        "probability": "-" if solution.probability is None else probability_text(solution.probability),
        "M": number(merit.get("M"), 1),
        "F": number(merit.get("F"), 1),
        "zero": zero_shift_text(solution),
        "extinction": extinction_text(solution),
        "unindexed": unindexed_text(solution, 18),
        "n_unindexed": int(np.sum(~solution.indexed)),
        "phil": small_cell_phil(solution) if solution.rank <= LEADING else None,
        "alternatives": alternatives_lines(solution),
        "phil_name": small_cell_name(solution.rank, phase),
    }


def _lattices(run: RunRecord) -> list[dict]:
    """One entry a lattice: how many candidates were tried and its best solution, or why it was left out."""
    best = {}
    for solution in run.result.solutions:
        best.setdefault(solution.bravais_lattice, solution)
    searched = [
        {"name": name, "candidates": run.result.candidates.get(name), "best": best.get(name), "reason": None}
        for name in run.result.lattices_searched
    ]
    skipped = [
        {"name": name, "candidates": None, "best": None, "reason": reason}
        for name, reason in run.result.lattices_skipped.items()
    ]
    return searched + skipped
