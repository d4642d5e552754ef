from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.generators.template_library import build_library, first_indices, information
from mlindex_plugin.algorithms.generators.template_screen import template_bases, unexplained
from mlindex_plugin.algorithms.lattice import LATTICES, hkl_design, xnn_from_cells
from mlindex_plugin.algorithms.training.training_set import N_PEAKS, TrainingSet
from mlindex_plugin.errors import InputError

ROWS = np.array(list(np.ndindex(4, 4, 16)))[1:]


def known_lists(cells, symbol="mP"):
    """Lists whose Miller indices are those of the lowest 40 points of ROWS."""
    lattice = LATTICES[symbol]
    cells = np.array(cells, float)
    x = xnn_from_cells(cells)[:, list(lattice.columns)]
    q2, hkl = np.full((len(x), N_PEAKS), np.nan), np.zeros((len(x), N_PEAKS, 3), np.int16)
    for i in range(len(x)):
        position = hkl_design(lattice, ROWS) @ x[i]
        order = np.argsort(position)[:40]
        q2[i, :40], hkl[i, :40] = position[order], ROWS[order]
    family = np.arange(len(x))
    return TrainingSet(symbol, q2, hkl, x, cells, np.zeros(len(x), int), ("all",), family)


def test_information_of_the_document_s_example():
    assert information(np.array([[(0, 0, 1), (0, 1, 1), (1, 1, 1)]])) == [1]


def test_contaminants_are_passed_over_and_short_lists_left_out():
    known = known_lists([(6, 7, 8, 90, 100, 90)] * 2)
    known.hkl[0, 3] = 0
    known.hkl[1, 19:] = 0
    hkl, lists = first_indices(known)
    assert lists.tolist() == [0]
    expected = np.delete(known.hkl[0], 3, axis=0)[:20]
    np.testing.assert_array_equal(np.abs(hkl[0]), np.abs(expected))


def test_indices_of_one_position_are_written_one_way():
    known = known_lists([(6, 7, 8, 90, 100, 90)] * 2)
    known.hkl[1] *= np.array([-1, 1, -1], np.int16)  # h l and -h -l have the same position
    hkl, _ = first_indices(known)
    np.testing.assert_array_equal(hkl[0], hkl[1])


def test_library_is_unique_and_balanced():
    rng = np.random.default_rng(1)
    compact = np.column_stack([rng.uniform(8, 10, (400, 3)), np.full((400, 3), 90.0)])
    layered = np.column_stack([rng.uniform(4, 5, (6, 2)), rng.uniform(30, 40, 6), np.full((6, 3), 90.0)])
    library = build_library(known_lists(np.vstack([compact, layered])), 30, rng)
    flat = library.hkl.reshape(len(library), -1)
    assert len(np.unique(flat, axis=0)) == len(flat)
    assert library.hkl.dtype == np.int8
    rare = information(library.hkl) <= 6
    assert rare.sum() >= 4
    assert library.ratio[rare].min() > 2
    assert np.median(library.ratio) == 1


def test_lists_too_short_for_templates_are_an_error():
    known = known_lists([(6, 7, 8, 90, 100, 90)] * 2)
    known.hkl[:, 15:] = 0
    with pytest.raises(InputError, match="no peak list of mP has 20 indexed peaks"):
        build_library(known, 30, np.random.default_rng(1))


def test_lists_that_are_too_short_once_thinned_still_give_templates():
    known = known_lists([(6, 7, 8, 90, 100, 90)] * 2)
    known.hkl[:, 20:] = 0
    assert len(build_library(known, 30, np.random.default_rng(1))) == 1


def test_screen_is_the_misfit_of_least_squares():
    rng = np.random.default_rng(1)
    lattice = LATTICES["mP"]
    library = build_library(known_lists([(6, 7, 8, 90, 100, 90), (5, 9, 14, 90, 95, 90)]), 30, rng)
    design = hkl_design(lattice, library.hkl)
    typical, q2 = np.sort(rng.uniform(0.2, 1, 20)), np.sort(rng.uniform(0.01, 0.1, 20))
    rest = unexplained(template_bases(design.astype(np.int16), typical), typical, q2)
    for t in range(len(design)):
        target = q2 / typical
        x = np.linalg.lstsq(design[t] / typical[:, None], target, rcond=None)[0]
        misfit = target - design[t] @ x / typical
        np.testing.assert_allclose(rest[t], misfit @ misfit / (target @ target), atol=1e-5)
