"""Regression and report of trained generators."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from training_files import many_crystals

from mlindex_plugin.algorithms.training.assemble import Recipe, assemble
from mlindex_plugin.algorithms.training.regression import Regression, regressions
from mlindex_plugin.algorithms.training.report import LatticeReport, write_lattice_report


class Known:
    """Gives the true cell, stretched, for lists that it knows; nothing for others."""

    def __init__(self, some, stretch):
        self._cells = {q2[0]: x / stretch**2 for q2, x in zip(some.q2, some.x, strict=True)}

    def generate(self, q2, n, rng):
        x = self._cells.get(q2[0])
        return np.empty((0, 2)) if x is None else np.tile(x, (n, 1))


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    path = many_crystals(tmp_path_factory.mktemp("data") / "a.h5", 40)
    return assemble([path], "tP", Recipe(n_lists=90), np.random.default_rng(1))


def test_a_stretched_cell_is_seen_in_every_parameter(lists):
    found = regressions(Known(lists.training, 1.1), lists.training, np.random.default_rng(0))
    assert [(one.parameter, one.unit) for one in found] == [("a", "Å"), ("c", "Å"), ("volume", "Å³")]
    for one, factor in zip(found, (1.1, 1.1, 1.1**3), strict=True):
        np.testing.assert_allclose(one.predicted, factor * one.true, rtol=1e-9)
    assert {len(one.true) for one in found} == {len(lists.training)}


def test_numbers_of_a_regression():
    one = Regression("a", "Å", np.zeros(5), np.array([3.0, -4.0, 0.0, 0.0, np.nan]))
    assert one.numbers() == {"n": 4, "rmsd": 2.5, "p50": 1.5, "p75": 3.25, "p90": pytest.approx(3.7)}


def test_without_candidates_there_are_no_numbers(lists):
    (one, *_) = regressions(Known(lists.training, 1.0), lists.validation, np.random.default_rng(0))
    assert one.numbers() == {"n": 0, "rmsd": None, "p50": None, "p75": None, "p90": None}


def test_the_report_holds_plots_and_numbers(lists, tmp_path):
    sides = {"training": lists.training, "validation": lists.validation}
    generator = Known(lists.training, 1.1)
    found = {side: regressions(generator, some, np.random.default_rng(0)) for side, some in sides.items()}
    history = [
        {"network": "all", "number": 1, "n_epochs": 2, "loss": 3.0, "held_out_loss": 2.5},
        {"network": "all", "number": 2, "n_epochs": 2, "loss": 2.0, "held_out_loss": 2.2},
    ]
    counts = {"training": 81, "held_out": 9, "validation": 8}
    report = LatticeReport("tP", counts, ("tP-1",), {"random <forests>": found}, history, {"seed": 3})
    html, numbers = write_lattice_report(report, tmp_path)
    page = html.read_text()
    assert "random <forests>" not in page and "&lt;forests&gt;" in page
    plots = re.findall(r'data:image/png;base64,([^"]+)"', page)
    assert len(plots) == 2
    assert all(base64.b64decode(plot).startswith(b"\x89PNG") for plot in plots)
    stored = json.loads(numbers.read_text())
    assert stored["lists"] == counts and stored["history"] == history
    rmsd = stored["models"]["random <forests>"]["training"]["a"]["rmsd"]
    assert rmsd == pytest.approx(0.1 * np.sqrt(np.mean(lists.training.cells[:, 0] ** 2)), rel=1e-6)
    assert stored["models"]["random <forests>"]["validation"]["a"]["n"] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report_tP.html", "report_tP.json"]
