from __future__ import annotations

import importlib

import numpy as np
import pytest
from known_crystals import lines_of, peak_list, ranked, same_lattice

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    cells_from_xnn,
    direct_metric_from_cells,
    full_xnn,
    niggli_cell,
    xnn_from_metric,
)
from mlindex_plugin.algorithms.ranking import relatives
from mlindex_plugin.algorithms.search import observe

MONOCLINIC = (7.4, 5.9, 14.9, 90, 95.4, 90)
TRICLINIC = (7.1, 8.9, 11.2, 96.0, 104.0, 99.0)
CENTRED = (9.3, 7.7, 11.5, 90, 102, 90)  # body-centred


def related(symbol, cell, peaks):
    """Lattice and Niggli cell of each relative of a cell."""
    (entry,) = ranked([(symbol, cell)], peaks)
    found = relatives(entry, peaks)
    return [(s, niggli_cell(LATTICES[s], cells_from_xnn(full_xnn(LATTICES[s], x)))) for s, x in found]


def holds(found, symbol, cell):
    return any(s == symbol and same_lattice(n, cell, 0.01, 0.5) for s, n in found)


@pytest.mark.parametrize("symbol, cell", [("mP", MONOCLINIC), ("aP", TRICLINIC)])
@pytest.mark.parametrize("factor", [2, 3])
@pytest.mark.parametrize("axis", range(3))
def test_a_multiple_cell_leads_to_the_true_one(symbol, cell, axis, factor):
    larger = list(cell)
    larger[axis] *= factor
    peaks = observe(peak_list(lines_of(symbol, cell, 20)))
    assert holds(related(symbol, larger, peaks), symbol, cell)


def test_a_cell_doubled_twice_leads_to_the_true_one():
    peaks = observe(peak_list(lines_of("oP", (4.2, 5.1, 9.3, 90, 90, 90), 20)))
    assert holds(related("oP", (8.4, 10.2, 9.3, 90, 90, 90), peaks), "oP", (4.2, 5.1, 9.3, 90, 90, 90))


@pytest.mark.parametrize("symbol, cell", [("mP", MONOCLINIC), ("aP", TRICLINIC)])
@pytest.mark.parametrize("axis", range(3))
def test_half_a_cell_leads_to_the_true_one(symbol, cell, axis):
    half = list(cell)
    half[axis] /= 2
    peaks = observe(peak_list(lines_of(symbol, cell, 20), degrees=0.005))
    assert holds(related(symbol, half, peaks), symbol, cell)


@pytest.mark.parametrize(
    "shear", [(1, 0, 0, 0, 1, 1, 0, 0, 2), (1, 1, 0, 0, 2, 0, 0, 0, 1), (1, 0, 1, 0, 1, 0, 0, 0, 2)]
)
def test_the_smaller_cell_of_a_centring_leads_to_the_true_one(shear):
    """Half of the true cell by an additional point on a face or edge, where no axis of the one is twice the other's."""
    half = np.linalg.inv(np.array(shear).reshape(3, 3))
    metric = half @ direct_metric_from_cells(np.array(TRICLINIC)) @ half.T
    peaks = observe(peak_list(lines_of("aP", TRICLINIC, 20), degrees=0.005))
    assert holds(related("aP", cells_from_xnn(xnn_from_metric(np.linalg.inv(metric))), peaks), "aP", TRICLINIC)


def test_the_primitive_triclinic_cell_of_a_centred_lattice_leads_to_the_lattice():
    peaks = observe(peak_list(lines_of("mC", CENTRED, 20)))
    (true,) = ranked([("mC", CENTRED)], peaks)
    found = related("aP", true.niggli, peaks)
    assert holds(found, "mC", true.niggli)
    (_, x) = next(r for r in relatives(ranked([("aP", true.niggli)], peaks)[0], peaks) if r[0] == "mC")
    (again,) = ranked([("mC", cells_from_xnn(full_xnn(LATTICES["mC"], x)))], peaks)
    assert again.evidence == pytest.approx(true.evidence, abs=0.01)
    assert np.all(np.abs(again.refined.line[0] - peaks.q2) < 1e-8)


def test_the_true_cell_has_no_smaller_relative():
    peaks = observe(peak_list(lines_of("aP", TRICLINIC, 20)))
    found = related("aP", TRICLINIC, peaks)
    assert {symbol for symbol, _ in found} == {"aP"}
    assert all(same_lattice(niggli, TRICLINIC) for _, niggli in found)


def test_a_cell_almost_as_symmetric_is_found_below_the_cubic_one():
    almost = (9.00, 9.05, 9.09, 90.6, 90.3, 89.8)
    shown = [0, 1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 15, 20, 24, 30, 33, 40, 41, 50, 55]
    peaks = observe(peak_list(lines_of("aP", almost, 60)[shown]))
    assert holds_closely(related("cP", (9.05, 9.05, 9.05, 90, 90, 90), peaks), almost)


def holds_closely(found, cell):
    return any(s == "aP" and same_lattice(n, cell, 1e-4, 0.01) for s, n in found)


def test_an_optimised_candidate_that_is_no_cell_is_left_out(monkeypatch):
    """The optimiser ends now and then where a length would be imaginary."""
    peaks = observe(peak_list(lines_of("aP", TRICLINIC, 20)[1:] + 0.0004))
    (entry,) = ranked([("aP", TRICLINIC)], peaks)
    no_cell = np.array([[0.01, 0.01, -0.005, 0.0, 0.0, 0.0]])
    module = importlib.import_module("mlindex_plugin.algorithms.ranking.relatives")
    monkeypatch.setattr(module, "optimise", lambda *_: (no_cell, np.ones(1), 1))
    assert all(np.isfinite(x).all() for _, x in relatives(entry, peaks))
