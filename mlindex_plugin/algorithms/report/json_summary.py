"""``mlindex_powder.json``: the machine-readable summary. Its schema is described in docs/output_schema.md."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from mlindex_plugin.algorithms.report.run_record import RunRecord, versions

if TYPE_CHECKING:
    from mlindex_plugin.algorithms.indexing import SearchResult
    from mlindex_plugin.algorithms.peaks import PeakList
    from mlindex_plugin.algorithms.ranking import Solution

SCHEMA_VERSION = 1
# Where the work is done and where it goes does not change the answer, so it may not change the summary.
_NOT_OF_THE_ANSWER = ("mp", "output")


def json_summary(run: RunRecord) -> str:
    """The summary as JSON text; the same seed gives the same text apart from ``timings``."""
    return json.dumps(_plain(summary(run)), indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def summary(run: RunRecord) -> dict:
    """The summary as nested dicts and lists, as docs/output_schema.md describes it."""
    params = run.scope.extract()
    parameters = parameters_dict(params)
    return {
        "schema": {"name": "mlindex_powder", "version": SCHEMA_VERSION},
        "input": _input(run.files, run.peaks),
        "parameters": {name: value for name, value in parameters.items() if name not in _NOT_OF_THE_ANSWER},
        "parameters_modified": [path for path in modified(run.diff) if path.split(".")[0] not in _NOT_OF_THE_ANSWER],
        "seed": params.search.seed,
        "search": _search(run.result),
        "verdict": asdict(run.result.verdict),
        "probability_none": run.result.p_none,
        "notes": list(run.notes),
        "solutions": [_solution(solution) for solution in run.result.solutions],
        "phases": [
            {"phase": phase, "solutions": [_solution(solution) for solution in solutions]}
            for phase, solutions in enumerate(run.result.phases, 2)
        ],
        "versions": versions(),
        "timings": {
            "seconds": {**run.seconds, **run.result.seconds},
            "method": parameters["mp"]["method"],
            "nproc": parameters["mp"]["nproc"],
        },
    }


def parameters_dict(extract) -> dict:
    """A ``libtbx.phil.scope_extract`` as a nested dict; Auto as the string "Auto"."""
    from libtbx import Auto
    from libtbx.phil import scope_extract

    def value(item):
        if isinstance(item, scope_extract):
            return parameters_dict(item)
        if isinstance(item, (list, tuple)):
            return [value(entry) for entry in item]
        return "Auto" if item is Auto else item

    return {name: value(item) for name, item in vars(extract).items() if not name.startswith("_")}


def modified(diff: str) -> list[str]:
    """Paths of the parameters that the PHIL text `diff` sets."""
    import iotbx.phil

    return [definition.path for definition in iotbx.phil.parse(diff).all_definitions()]


def _input(files: tuple[str, ...], peaks: PeakList) -> dict:
    intensity = [None] * len(peaks) if peaks.intensity is None else peaks.intensity
    return {
        "files": list(files),
        "unit": peaks.unit,
        "wavelength": peaks.wavelength,
        "n_peaks": len(peaks),
        "sigma_measured": peaks.sigma_measured,
        "peaks": [
            {"q2": q2, "sigma": sigma, "intensity": height}
            for q2, sigma, height in zip(peaks.q2, peaks.sigma, intensity, strict=True)
        ],
    }


def _search(result: SearchResult) -> dict:
    return {
        "n_peaks": result.n_peaks,
        "lattices_searched": list(result.lattices_searched),
        "lattices_skipped": dict(result.lattices_skipped),
        "candidates": dict(result.candidates),
        "stopped": result.stopped,
    }


def _solution(solution: Solution) -> dict:
    columns = zip(solution.q2_obs, solution.q2_calc, solution.hkl, solution.sigma, solution.indexed, strict=True)
    return {
        "rank": solution.rank,
        "probability": solution.probability,
        "bravais_lattice": solution.bravais_lattice,
        "space_group": solution.space_group,
        "unit_cell": list(solution.unit_cell),
        "unit_cell_sigma": list(solution.unit_cell_sigma),
        "volume": solution.volume,
        "niggli_cell": list(solution.niggli_cell),
        "figures_of_merit": dict(solution.figures_of_merit),
        "n_indexed": solution.n_indexed,
        "n_peaks": solution.n_peaks,
        "zero_shift": solution.zero_shift,
        "zero_shift_sigma": solution.zero_shift_sigma,
        "extinction_symbols": [
            {"symbol": one.symbol, "probability": one.probability, "space_groups": list(one.space_groups)}
            for one in solution.extinction
        ],
        "peaks": [
            {"q2_obs": obs, "q2_calc": calc, "hkl": list(hkl), "sigma": sigma, "indexed": indexed}
            for obs, calc, hkl, sigma, indexed in columns
        ],
        "alternatives": [asdict(alternative) for alternative in solution.alternatives],
    }


def _plain(item):
    """The same with Python's own numbers, and None for what JSON cannot hold (infinity, NaN)."""
    if isinstance(item, dict):
        return {str(name): _plain(value) for name, value in item.items()}
    if isinstance(item, (list, tuple, np.ndarray)):
        return [_plain(value) for value in item]
    if isinstance(item, np.generic):
        item = item.item()
    if isinstance(item, float) and not math.isfinite(item):
        return None
    return item
