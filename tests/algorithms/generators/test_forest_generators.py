"""Forests of cells and of volumes, grown on random crystals whose lines are all observed but some."""

from __future__ import annotations

import io

import numpy as np
import pytest

from mlindex_plugin.algorithms.generators import random_shapes
from mlindex_plugin.algorithms.generators.forest_cells import ForestCells
from mlindex_plugin.algorithms.generators.volume_cells import VolumeCells
from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    cells_from_xnn,
    find_lines,
    full_xnn,
    lattice_table,
    volumes_from_xnn,
    xnn_from_cells,
)
from mlindex_plugin.algorithms.training.training_set import TrainingSet
from mlindex_plugin.errors import InputError

KINDS = (ForestCells, VolumeCells)


def training_set(symbol: str, n: int, seed: int) -> TrainingSet:
    """Random crystals of 500 to 2000 Å³; three lines in four are observed."""
    lattice, table, rng = LATTICES[symbol], lattice_table(symbol), np.random.default_rng(seed)
    shapes = random_shapes(lattice, 2 * n, rng)
    cells = shapes[shapes[:, :3].max(axis=1) < 3][:n]
    n = len(cells)
    cells[:, :3] = np.sort(cells[:, :3], axis=1) * np.cbrt(rng.uniform(500, 2000, n))[:, None]
    x = np.ascontiguousarray(xnn_from_cells(cells)[:, list(lattice.columns)])
    q2 = np.full((n, 60), np.nan)
    lines, codes = np.empty(4000), np.empty(4000, np.int64)
    for i in range(n):
        found = find_lines(table.family, table.centring, table.reps, x[i], 0.3, 4000, lines, codes)
        seen = np.sort(lines[:found])[rng.random(found) < 0.75][:60]
        q2[i, : len(seen)] = seen
    zeros = np.zeros(n, int)
    return TrainingSet(symbol, q2, np.zeros((n, 60, 3), np.int16), x, cells, zeros, (f"{symbol}-1",), np.arange(n))


@pytest.fixture(scope="module")
def trained():
    lists = training_set("oP", 3000, 1)
    return {kind: kind.fit(lists, np.random.default_rng(2)) for kind in KINDS}


@pytest.fixture(scope="module")
def unseen():
    return training_set("oP", 30, 9)


def first_peaks(lists, i, n=20):
    return lists.q2[i, :n][np.isfinite(lists.q2[i, :n])]


def test_most_unseen_crystals_get_a_close_cell(trained, unseen):
    close = []
    for i in range(len(unseen)):
        x = trained[ForestCells].generate(first_peaks(unseen, i), 2000, np.random.default_rng(i))
        cells = cells_from_xnn(full_xnn(LATTICES["oP"], x))
        lengths = np.sort(cells[:, :3], axis=1) - np.sort(unseen.cells[i, :3])
        close.append(np.mean(np.linalg.norm(lengths, axis=1) < 1))
    assert np.mean(np.array(close) > 0) > 0.9
    assert np.mean(close) > 0.02


def test_volumes_surround_the_true_one(trained, unseen):
    ratios = []
    for i in range(len(unseen)):
        x = trained[VolumeCells].generate(first_peaks(unseen, i), 500, np.random.default_rng(i))
        true = volumes_from_xnn(full_xnn(LATTICES["oP"], unseen.x[i]))
        ratios.append(np.log(volumes_from_xnn(full_xnn(LATTICES["oP"], x)) / true))
    middle = np.array([np.median(row) for row in ratios])
    assert abs(np.median(middle)) < 0.15
    assert np.mean(np.abs(middle) < 0.4) > 0.8
    assert np.mean([row.std() for row in ratios]) > 0.03


@pytest.mark.parametrize("kind", KINDS)
def test_candidates_are_distinct_cells_and_follow_the_seed(kind, trained, unseen):
    generator, q2 = trained[kind], first_peaks(unseen, 0)
    x = generator.generate(q2, 3000, np.random.default_rng(1))
    assert 2900 <= len(np.unique(x, axis=0)) == len(x) <= 3000
    assert np.all(np.isfinite(volumes_from_xnn(full_xnn(LATTICES["oP"], x))))
    np.testing.assert_array_equal(x, generator.generate(q2, 3000, np.random.default_rng(1)))
    assert not np.array_equal(x, generator.generate(q2, 3000, np.random.default_rng(2)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_crystal_twice_as_large_gives_cells_of_eight_times_the_volume(kind, trained, unseen):
    q2 = first_peaks(unseen, 1)
    medians = [
        np.median(volumes_from_xnn(full_xnn(LATTICES["oP"], trained[kind].generate(p, 2000, np.random.default_rng(1)))))
        for p in (q2, q2 / 1.2**2)
    ]
    assert medians[1] / medians[0] == pytest.approx(1.2**3, rel=0.15)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_peaks", [10, 20, 40])
def test_lists_of_any_length(kind, n_peaks, trained, unseen):
    x = trained[kind].generate(first_peaks(unseen, 2, n_peaks), 100, np.random.default_rng(1))
    assert x.shape[1] == 3
    assert len(x) > 90


@pytest.mark.parametrize("kind", KINDS)
def test_stored_generator_generates_the_same(kind, trained, unseen):
    file = io.BytesIO()
    np.savez_compressed(file, **trained[kind].arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as stored:
        again = kind.from_arrays("oP", dict(stored))
    q2 = first_peaks(unseen, 3)
    expected = trained[kind].generate(q2, 50, np.random.default_rng(1))
    np.testing.assert_array_equal(again.generate(q2, 50, np.random.default_rng(1)), expected)


@pytest.mark.parametrize("symbol", ["cF", "hR", "mC", "aP"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_system(kind, symbol):
    lists = training_set(symbol, 300, 3)
    x = kind.fit(lists, np.random.default_rng(1)).generate(first_peaks(lists, 0), 200, np.random.default_rng(1))
    lattice = LATTICES[symbol]
    assert x.shape[1] == lattice.n_free
    volume = np.median(volumes_from_xnn(full_xnn(lattice, x)))
    assert 0.3 < volume / volumes_from_xnn(full_xnn(lattice, lists.x[0])) < 3


@pytest.mark.parametrize("kind", KINDS)
def test_too_few_lists_are_an_error(kind):
    with pytest.raises(InputError, match="a forest for tP needs 200 peak lists and the training data hold 150"):
        kind.fit(training_set("tP", 150, 3), np.random.default_rng(1))
