from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from mlindex_plugin.algorithms.ranking import with_extinction
from mlindex_plugin.algorithms.report.json_summary import json_summary

DOCUMENT = Path(__file__).parents[3] / "docs" / "output_schema.md"
# Keys whose own keys are data (lattices, stages, parameters), not part of the schema.
_OPEN = {
    "parameters",
    "search.lattices_skipped",
    "search.candidates",
    "figures_of_merit",
    "versions",
    "timings.seconds",
}


def key_paths(item, path=""):
    """Every key of the summary in the notation of the document, as far as the schema goes."""
    if path in _OPEN or path.endswith("figures_of_merit"):
        return {path}
    if isinstance(item, dict):
        return set().union(*(key_paths(value, f"{path}.{key}".lstrip(".")) for key, value in item.items()))
    if isinstance(item, list) and item and isinstance(item[0], dict):
        return set().union(*(key_paths(value, f"{path}[]") for value in item))
    return {path}


def test_a_solution_as_read_back(run, solutions):
    summary = json.loads(json_summary(run))
    read, first = summary["solutions"][0], solutions[0]
    assert [one["rank"] for one in summary["solutions"]] == [1, 2, 3, 4, 5, 6]
    assert read["bravais_lattice"] == "mP" and read["space_group"] == "P 1 2 1"
    assert read["unit_cell"] == [5.93, 7.32, 29.2, 90.0, 95.4, 90.0]
    assert read["figures_of_merit"] == {"M": 41.27, "F": 96.4, "score": 118.2}
    assert (read["n_indexed"], read["n_peaks"], read["zero_shift"]) == (19, 20, None)
    assert np.array_equal([peak["q2_obs"] for peak in read["peaks"]], first.q2_obs)  # bit for bit
    assert np.array_equal([peak["q2_calc"] for peak in read["peaks"]], first.q2_calc)
    assert np.array_equal([peak["hkl"] for peak in read["peaks"]], first.hkl)
    assert [peak["indexed"] for peak in read["peaks"]].count(False) == 1


def test_the_zero_shift_and_its_error(run, result, solutions):
    shifted = replace(solutions[0], zero_shift=0.0213, zero_shift_sigma=0.0015)
    first, second = json.loads(json_summary(replace(run, result=replace(result, solutions=[shifted, solutions[1]]))))[
        "solutions"
    ]
    assert (first["zero_shift"], first["zero_shift_sigma"]) == (0.0213, 0.0015)
    assert (second["zero_shift"], second["zero_shift_sigma"]) == (None, None)


def test_input_parameters_and_seed(run):
    summary = json.loads(json_summary(run))
    assert summary["input"]["files"] == ["combined.expt", "combined.refl"]
    assert summary["input"]["n_peaks"] == len(summary["input"]["peaks"]) == 25
    assert summary["seed"] == summary["parameters"]["search"]["seed"] == 3
    assert summary["parameters"]["search"]["n_peaks"] == "Auto"
    assert summary["parameters_modified"] == ["search.seed"]
    assert summary["notes"] == ["145 shots only: 1,000 are wanted."]
    assert summary["versions"]["numpy"] == np.__version__


def test_where_and_how_it_ran_is_not_of_the_answer(run):
    import iotbx.phil

    from mlindex_plugin.phil import powder_scope

    source = iotbx.phil.parse("search.seed=3\nmp.nproc=1\noutput.directory=elsewhere")
    scope = powder_scope().fetch(source=source)
    other = replace(run, scope=scope, diff=powder_scope().fetch_diff(scope).as_str(), seconds={"read": 99.0})
    one, two = json.loads(json_summary(run)), json.loads(json_summary(other))
    assert one.pop("timings") != two.pop("timings")
    assert one == two


def test_what_json_cannot_hold_is_null(run, result, solutions):
    odd = replace(solutions[0], figures_of_merit={"M": np.inf, "F": float("nan"), "score": np.float64(1.5)})
    text = json_summary(replace(run, result=replace(result, solutions=[odd])))
    assert json.loads(text)["solutions"][0]["figures_of_merit"] == {"M": None, "F": None, "score": 1.5}
    assert not re.search(r"\b(NaN|Infinity)\b", text)


def test_no_solution(run, result):
    summary = json.loads(json_summary(replace(run, result=replace(result, solutions=[], stopped="time_limit"))))
    assert summary["solutions"] == []
    assert summary["search"]["stopped"] == "time_limit"
    assert summary["notes"][0].startswith("The search was cut by search.time_limit")


def test_the_document_describes_exactly_the_keys(run):
    documented = set(re.findall(r"^\| `([^`]+)` \|", DOCUMENT.read_text(), re.MULTILINE))
    known = replace(run, result=replace(run.result, solutions=with_extinction(run.result.solutions[:5])))
    assert key_paths(json.loads(json_summary(known))) == documented


def test_extinction_symbols_of_a_solution(run):
    known = replace(run, result=replace(run.result, solutions=with_extinction(run.result.solutions)))
    solutions = json.loads(json_summary(known))["solutions"]
    first = solutions[0]["extinction_symbols"]
    assert (first[0]["symbol"], first[0]["space_groups"]) == ("P 1 21/c 1", ["P 1 21/c 1"])
    assert 0.99 <= sum(one["probability"] for one in first) <= 1
    assert [len(one["extinction_symbols"]) > 0 for one in solutions] == [True] * 5 + [False]
    assert solutions[1]["extinction_symbols"] == [
        {"symbol": "P -", "probability": 1.0, "space_groups": ["P -1", "P 1"]}
    ]
