"""The kernel on tensors against the compiled one: the same candidates, the same answers."""

from __future__ import annotations

import numpy as np
import pytest
from search_data import free_xnn, lines_of, observed

from mlindex_plugin.algorithms.generators import RandomCells
from mlindex_plugin.algorithms.lattice import LATTICES, lattice_table
from mlindex_plugin.algorithms.search import optimise
from mlindex_plugin.algorithms.search.torch_kernel import Block, optimise_blocks

pytestmark = pytest.mark.usefixtures("one_thread")

CELLS = {
    "cubic": (9.7, 9.7, 9.7, 90, 90, 90),
    "tetragonal": (8.1, 8.1, 11.3, 90, 90, 90),
    "hexagonal": (8.1, 8.1, 13.3, 90, 90, 120),
    "orthorhombic": (9.1, 12.3, 15.7, 90, 90, 90),
    "monoclinic": (5.93, 7.32, 14.9, 90, 95.4, 90),
    "triclinic": (7.1, 8.9, 11.2, 96.0, 104.0, 99.0),
}


def noisy_peaks(symbol, n_peaks, seed=0):
    """Lines of a cell with errors, so that no figure of merit is one of rounding."""
    q2 = lines_of(symbol, CELLS[LATTICES[symbol].system], n_peaks)
    return observed(np.sort(q2 * (1 + 3e-4 * np.random.default_rng(seed).standard_normal(len(q2)))))


def starts(symbol, peaks, n, seed=0):
    """Random cells, some near the true one, and some that are none or have far too many lines.

    None has a line exactly at a peak, as generators make them: on which side it lies would be a matter of rounding.
    """
    rng = np.random.default_rng(seed)
    x = RandomCells(symbol).generate(peaks.q2, n, rng)
    x *= 1 + 1e-6 * rng.standard_normal(x.shape)
    true = free_xnn(symbol, CELLS[LATTICES[symbol].system])
    x[: n // 4] = true * (1 + 0.01 * rng.standard_normal((n // 4, len(true))))
    x[-1], x[-2] = -true, true * 1e-4
    return x


def torch_optimise(symbol, blocks, n_iterations, stall, at_once=1000):
    return optimise_blocks(lattice_table(symbol), blocks, n_iterations, stall, "cpu", at_once)


def assert_same(mine, compiled, share=1.0):
    """The same best cells and figures of merit, of all candidates or of a share of them."""
    same = np.isclose(mine[0], compiled[0], rtol=1e-7, atol=1e-9).all(axis=1)
    same &= np.isclose(mine[1], compiled[1], rtol=1e-4)
    assert same.mean() >= share


@pytest.mark.parametrize("symbol", LATTICES)
def test_a_few_iterations_are_those_of_the_compiled_kernel(symbol):
    peaks = noisy_peaks(symbol, 20)
    start = starts(symbol, peaks, 60)
    compiled = optimise(lattice_table(symbol), start, peaks, 6, 11, 25)
    (mine,) = torch_optimise(symbol, [Block(start, peaks, 11)], 6, 25)
    assert_same(mine, compiled)
    assert mine[2] == compiled[2] == 60 * 6
    assert compiled[1].max() > 10


@pytest.mark.parametrize(("symbol", "n_peaks"), [("aP", 20), ("mC", 40), ("hR", 10), ("mP", 70)])
def test_a_whole_search_finds_what_the_compiled_kernel_finds(symbol, n_peaks):
    peaks = noisy_peaks(symbol, n_peaks)
    start = starts(symbol, peaks, 150)
    compiled = optimise(lattice_table(symbol), start, peaks, 60, 3, 15)
    (mine,) = torch_optimise(symbol, [Block(start, peaks, 3)], 60, 15)
    assert_same(mine, compiled, share=0.98)  # a tie decided by rounding changes what follows
    assert mine[2] == pytest.approx(compiled[2], rel=0.02)
    assert mine[1].max() == pytest.approx(compiled[1].max(), rel=1e-3)


def test_patterns_together_are_as_each_alone_and_memory_changes_nothing():
    blocks = []
    for seed in range(3):
        peaks = noisy_peaks("mP", 20, seed)
        blocks.append(Block(starts("mP", peaks, 40 + seed, seed), peaks, seed))
    blocks.insert(1, Block(np.empty((0, 4)), blocks[0].observed, 1))
    together = torch_optimise("mP", blocks, 20, 5, at_once=17)
    for block, (best, merit, done) in zip(blocks, together, strict=True):
        (alone,) = torch_optimise("mP", [block], 20, 5)
        np.testing.assert_allclose(best, alone[0], rtol=1e-9)
        np.testing.assert_allclose(merit, alone[1], rtol=1e-9)
        assert done == alone[2]
        assert len(best) == len(block.start)


def test_the_seed_and_the_place_in_the_block_fix_the_random_numbers():
    peaks = noisy_peaks("aP", 20)
    start = np.repeat(starts("aP", peaks, 4)[:1] * 1.02, 3, axis=0)
    one, other = torch_optimise("aP", [Block(start, peaks, 1), Block(start, peaks, 2)], 3, 25)
    assert not np.array_equal(one[0], other[0])
    assert len(np.unique(one[0][:, 0])) > 1


def test_candidates_without_any_line_score_nothing():
    peaks = observed(np.linspace(0.01, 0.02, 10))
    ((_, merit, done),) = torch_optimise("cP", [Block(np.array([[0.5], [-1.0]]), peaks, 1)], 10, 3)
    assert merit.tolist() == [0, 0]
    assert done == optimise(lattice_table("cP"), np.array([[0.5], [-1.0]]), peaks, 10, 1, 3)[2]
