from __future__ import annotations

import logging
import tracemalloc

import numpy as np
import pytest

from mlindex_plugin.algorithms.generators.template_cells import TemplateCells
from mlindex_plugin.algorithms.generators.template_draws import draw_counts, drawn_subsets
from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    find_lines,
    full_xnn,
    lattice_table,
    reciprocal_metric,
    unpack,
    xnn_from_cells,
)
from mlindex_plugin.algorithms.lattice.closeness import close_candidates
from mlindex_plugin.algorithms.training.training_set import N_PEAKS, TrainingSet


def simulated_set(symbol, n, seed):
    """Lists of random cells, nine lines in ten observed, positions good to one in a thousand."""
    lattice, table = LATTICES[symbol], lattice_table(symbol)
    rng = np.random.default_rng(seed)
    cells = np.column_stack([rng.uniform(4, 12, (n, 3)), np.full((n, 3), 90.0)])
    if lattice.system in ("monoclinic", "triclinic"):
        cells[:, 4] = rng.uniform(92, 115, n)
    if lattice.system == "triclinic":
        cells[:, [3, 5]] = rng.uniform(92, 105, (n, 2))
    x = np.ascontiguousarray(xnn_from_cells(cells)[:, list(lattice.columns)])
    q2, hkl = np.full((n, N_PEAKS), np.nan), np.zeros((n, N_PEAKS, 3), np.int16)
    lines, codes = np.empty(3000), np.empty(3000, np.int64)
    for i in range(n):
        found = find_lines(table.family, table.centring, table.reps, x[i], 0.5, 3000, lines, codes)
        order = np.argsort(lines[:found])
        order = order[rng.random(found) < 0.9][:30]
        observed = lines[order] * (1 + 1e-3 * rng.standard_normal(len(order)))
        again = np.argsort(observed)
        q2[i, : len(order)] = observed[again]
        hkl[i, : len(order)] = np.stack(unpack(codes[order[again]]), axis=1)
    group = np.zeros(n, int)
    return TrainingSet(symbol, q2, hkl, x, cells, group, ("all",), np.arange(n))


@pytest.fixture(scope="module")
def generator():
    return TemplateCells.fit(simulated_set("oP", 400, 1), np.random.default_rng(2))


def test_learned_templates_are_close_more_often_than_uniform_ones(generator):
    known = simulated_set("oP", 12, 7)
    uniform = TemplateCells("oP", generator.library, generator.typical, None)
    share = {}
    for name, member in (("learned", generator), ("uniform", uniform)):
        close = [
            close_candidates("oP", member.generate(q2[:30], 200, np.random.default_rng(3)), x)
            for q2, x in zip(known.q2, known.x, strict=True)
        ]
        share[name] = np.mean([c.mean() for c in close])
        assert sum(c.any() for c in close) >= 11
    assert share["learned"] > 1.7 * share["uniform"]


@pytest.mark.parametrize("n_peaks", [10, 15, 20, 60])
def test_any_number_of_peaks(generator, n_peaks):
    q2 = np.linspace(0.006, 0.15, n_peaks) ** 1.1
    x = generator.generate(q2, 300, np.random.default_rng(4))
    assert 200 < len(x) <= 300
    assert len(np.unique(x, axis=0)) == len(x)
    assert np.all(x > 0)


def test_memory_does_not_grow_with_the_numbers_of_peaks(generator):
    q2 = np.linspace(0.006, 0.15, 20) ** 1.1
    member = TemplateCells("oP", generator.library, generator.typical, generator.choice)

    def candidates(n_peaks):
        return member.generate(q2[:n_peaks], 100, np.random.default_rng(4))

    whole, short = candidates(20), candidates(9)
    tracemalloc.start()
    for n_peaks in range(10, 20):
        candidates(n_peaks)
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert grown < 2 * generator.library.hkl.size * 4  # what one number of peaks needs: 3 floats a row
    np.testing.assert_array_equal(candidates(20), whole)
    np.testing.assert_array_equal(candidates(9), short)


@pytest.mark.parametrize(("symbol", "n_peaks"), [("cP", 3), ("oP", 5)])
def test_the_shortest_lists_that_are_searched(symbol, n_peaks):
    known = simulated_set(symbol, 60, 3)
    member = TemplateCells.fit(known, np.random.default_rng(2))
    x = member.generate(known.q2[0, :n_peaks], 500, np.random.default_rng(1))
    assert 20 < len(x) <= 500
    assert np.all(x > 0)


def test_the_seed_decides(generator):
    q2 = np.linspace(0.006, 0.09, 20) ** 1.1
    first, same, other = (generator.generate(q2, 100, np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, same)
    assert first.shape != other.shape or not np.array_equal(first, other)


def test_stored_and_read_it_is_the_same(generator, tmp_path):
    np.savez_compressed(tmp_path / "t.npz", **generator.arrays())
    with np.load(tmp_path / "t.npz", allow_pickle=False) as stored:
        read = TemplateCells.from_arrays("oP", dict(stored))
    q2 = np.linspace(0.006, 0.09, 20) ** 1.1
    np.testing.assert_allclose(
        read.generate(q2, 100, np.random.default_rng(5)),
        generator.generate(q2, 100, np.random.default_rng(5)),
        rtol=1e-6,
    )


def test_progress_is_a_growing_share_and_too_few_close_solutions_are_told(caplog):
    shares = []
    with caplog.at_level(logging.INFO, "mlindex_plugin"):
        TemplateCells.fit(simulated_set("cP", 250, 3), np.random.default_rng(2), shares.append)
        assert not caplog.records
        few = TemplateCells.fit(simulated_set("cP", 5, 3), np.random.default_rng(2))
    assert few.choice is None
    assert "cP: 0 close solutions teach no choice of templates" in caplog.text
    assert shares[0] == 0 and 0.4 < shares[-1] < 1
    assert np.all(np.diff(shares) > 0)


def test_counts_follow_the_weights_and_fill_the_number():
    counts = draw_counts(np.array([8.0, 1.0, 1.0, 0.0]), 1000, np.random.default_rng(1))
    assert counts.sum() == 1000
    np.testing.assert_allclose(counts, [745, 115, 115, 25], atol=1)


def test_subsets_ascend_and_half_of_them_are_shifted_by_a_line():
    rows, peaks = drawn_subsets(1000, 20, 3, np.random.default_rng(1))
    assert rows.shape == peaks.shape == (1000, 17)
    assert np.all(np.diff(rows, axis=1) > 0)
    assert np.all(np.diff(peaks, axis=1) > 0)
    different = (rows != peaks).any(axis=1)
    assert 0.4 < different.mean() < 0.6
    shared = [len(np.intersect1d(r, p)) for r, p in zip(rows, peaks, strict=True)]
    assert set(shared) == {16, 17}


def test_unphysical_solutions_are_not_offered():
    known = simulated_set("aP", 300, 3)
    member = TemplateCells.fit(known, np.random.default_rng(2))
    q2 = np.linspace(0.004, 0.08, 20)
    x = member.generate(q2, 400, np.random.default_rng(1))
    metric = full_xnn(LATTICES["aP"], x)
    assert len(x) > 200
    assert np.all(metric[:, :3] > 0)
    assert np.all(np.linalg.eigvalsh(reciprocal_metric(metric)) > 0)
