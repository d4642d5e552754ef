"""Parts of the kernel on tensors: random words, lines, assignment, least squares."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from search_data import free_xnn

from mlindex_plugin.algorithms.lattice import LATTICES, find_lines, lattice_table
from mlindex_plugin.algorithms.search import Observed
from mlindex_plugin.algorithms.search.kernel import draws_few, next_random
from mlindex_plugin.algorithms.search.torch_kernel import least_squares
from mlindex_plugin.algorithms.search.torch_kernel import lines as torch_lines
from mlindex_plugin.algorithms.search.torch_kernel.assignment import assign
from mlindex_plugin.algorithms.search.torch_kernel.least_squares import corrections
from mlindex_plugin.algorithms.search.torch_kernel.patterns import stack_patterns
from mlindex_plugin.algorithms.search.torch_kernel.random_words import (
    drawn_peaks,
    first_states,
    next_words,
    random_fractions,
)

pytestmark = pytest.mark.usefixtures("one_thread")

CELLS = {
    "cubic": [(9.7,) * 3 + (90,) * 3],
    "tetragonal": [(5.2, 5.2, 39.0, 90, 90, 90), (31.0, 31.0, 4.1, 90, 90, 90)],
    "hexagonal": [(5.2, 5.2, 39.0, 90, 90, 120), (31.0, 31.0, 4.1, 90, 90, 120)],
    "orthorhombic": [(4.1, 12.0, 48.0, 90, 90, 90), (48.0, 12.0, 4.1, 90, 90, 90)],
    "monoclinic": [(5.9, 7.3, 29.0, 90, 95, 90), (24.7, 15.4, 4.46, 90, 140, 90)],
    "triclinic": [(7.1, 8.9, 11.2, 96, 104, 99), (4.2, 5.1, 48.0, 60, 65, 118), (30.0, 31.0, 3.9, 91, 120, 47)],
}


def peaks_at(*q2):
    return Observed(np.array(q2), np.full(len(q2), 1e-3), False, np.empty(0))


def test_random_words_are_those_of_the_compiled_kernel():
    state = np.array([7 * 0x9E3779B97F4A7C15 + 2 * 0xD1B54A32D192ED03 & 0xFFFFFFFFFFFFFFFF], np.uint64)
    states = first_states(7, 3, "cpu")
    for _ in range(5):
        expected = int(next_random(state))
        states, words = next_words(states)
        assert int(words[2]) & 0xFFFFFFFFFFFFFFFF == expected


def words_of(state, n):
    """The next n words, and the state after them."""
    words = []
    for _ in range(n):
        state, word = next_words(state)
        words.append(int(word))
    return words, state


def test_half_of_the_peaks_are_drawn_for_six_parameters_a_word_for_63():
    state = first_states(3, 1, "cpu")
    (one, two), after = words_of(state, 2)
    end, drawn = drawn_peaks(state, 6, 70)
    expected = [one >> i & 1 for i in range(63)] + [two >> i & 1 for i in range(7)]
    assert drawn[0].int().tolist() == expected
    assert torch.equal(end, after)
    _, fractions = random_fractions(state, 2)
    assert float(fractions[0, 0]) == ((one & 0xFFFFFFFFFFFFFFFF) >> 11) * 2.0**-53


def test_five_of_sixteen_peaks_are_drawn_for_few_parameters():
    state = first_states(3, 400, "cpu")
    _, drawn = drawn_peaks(state, 4, 20)
    assert drawn.double().mean().item() == pytest.approx(5 / 16, abs=0.02)
    (a, b, c, d), after = words_of(first_states(3, 1, "cpu"), 4)
    end, own = drawn_peaks(first_states(3, 1, "cpu"), 4, 20)
    assert own[0].tolist() == [bool((a & b | c) & d & 1 << i) for i in range(20)]
    assert torch.equal(end, after)


@pytest.mark.parametrize(("n_free", "n_peaks", "few"), [(4, 20, True), (4, 15, False), (6, 40, False), (1, 7, True)])
def test_few_peaks_are_drawn_where_they_are_more_than_the_parameters(n_free, n_peaks, few):
    assert draws_few(n_free, n_peaks) == few


@pytest.mark.parametrize("symbol", LATTICES)
def test_no_line_is_missed_however_extreme_the_cell(symbol):
    table, limit, most = lattice_table(symbol), 0.12, 900
    x = np.stack([free_xnn(symbol, cell) for cell in CELLS[LATTICES[symbol].system]])
    found = all_lines(table, x, limit, most)
    assert found.physical.all()
    for number, one in enumerate(x):
        q2, codes = np.empty(most + 50), np.empty(most + 50, np.int64)
        n = find_lines(table.family, table.centring, table.reps, one, limit, len(q2), q2, codes)
        mine = found.q2[found.owner == number].numpy()
        assert 0 < len(mine) == n
        np.testing.assert_allclose(np.sort(mine), np.sort(q2[:n]), rtol=1e-9)


@pytest.mark.parametrize("symbol", LATTICES)
def test_what_is_no_cell_or_has_too_many_lines_is_given_up(symbol):
    table = lattice_table(symbol)
    good = free_xnn(symbol, CELLS[LATTICES[symbol].system][0])
    x = np.stack([good, -good, np.full_like(good, np.nan), 1e-3 * good, 1e-9 * good])
    found = all_lines(table, x, 0.06, 400)
    assert found.physical.tolist() == [True, False, False, False, False]
    assert len(found.q2) < 400 * 3  # the others are not listed in full
    n_lines = int(found.count[0])
    assert all_lines(table, x[:1], 0.06, n_lines).physical.tolist() == [True]
    assert all_lines(table, x[:1], 0.06, n_lines - 1).physical.tolist() == [False]


def test_large_descents_are_done_in_parts(monkeypatch):
    x = np.repeat(free_xnn("aP", CELLS["triclinic"][0])[None], 5, axis=0) * np.linspace(1, 1.3, 5)[:, None]
    whole = all_lines(lattice_table("aP"), x, 0.2, 900)
    monkeypatch.setattr(torch_lines, "_MOST_ROWS", 60)
    monkeypatch.setattr(torch_lines, "_ROWS_EACH", 1)
    parts = all_lines(lattice_table("aP"), x, 0.2, 900)
    for one, other in ((whole.owner, parts.owner), (whole.q2, parts.q2), (whole.count, parts.count)):
        assert torch.equal(one, other)
    every = torch.arange(len(whole.q2))
    assert torch.equal(torch.stack(whole.hkl(every)), torch.stack(parts.hkl(every)))


def all_lines(table, x, limit, most):
    limits = torch.full((len(x),), limit, dtype=torch.float64)
    return torch_lines.find_lines(table, torch.as_tensor(table.reps), torch.as_tensor(x), limits, most)


def assigned(q2, *cells):
    """Lines given to peaks, for cells that are lists of lines; and numbers of lines."""
    patterns = stack_patterns([peaks_at(*q2)], "cpu")
    owner = torch.tensor([number for number, cell in enumerate(cells) for _ in cell])
    lines = torch.tensor([line for cell in cells for line in cell], dtype=torch.float64)
    count = torch.tensor([len(cell) for cell in cells])
    some = torch_lines.Lines(owner, lines, owner, owner, owner, owner, count, count > 0)
    position, line, n_lines = assign(some, patterns, torch.zeros(len(cells), dtype=torch.int64))
    positions = [[float(lines[i]) if i >= 0 else None for i in row] for row in line.tolist()]
    given = [[one if one is not None else peak for one, peak in zip(row, q2, strict=True)] for row in positions]
    np.testing.assert_allclose(position.numpy(), given, rtol=2e-11)
    return positions, n_lines.tolist()


def test_each_peak_gets_its_nearest_line():
    lines, n_lines = assigned([1.0, 2.0, 3.0], [2.7, 0.9, 1.6, 2.1, 1.8], [3.01])
    assert lines == [[0.9, 2.1, 2.7], [None, None, 3.01]]
    assert n_lines == [5, 0]


def test_a_line_is_not_given_to_two_peaks():
    # 1.45 is the nearest of both; the nearer peak keeps it, the other turns to its other side
    assert assigned([1.0, 2.0], [1.45, 2.01])[0] == [[1.45, 2.01]]
    assert assigned([1.0, 2.0], [0.2, 1.55], [1.45], [1.55])[0] == [[0.2, 1.55], [1.45, None], [None, 1.55]]
    # the second peak turns back, but the line below it is the first one's
    assert assigned([1.0, 2.0, 3.0], [1.2, 2.6])[0] == [[1.2, None, 2.6]]


def test_many_equations_are_solved_in_parts(monkeypatch):
    rng = torch.Generator().manual_seed(1)
    rows, weight, misfit = (
        torch.rand(shape, generator=rng, dtype=torch.float64) for shape in ((7, 9, 3), (7, 9), (7, 9))
    )
    change, _ = corrections(rows, weight, misfit, 0.0)
    for one, w, m, expected in zip(rows.numpy(), weight.numpy(), misfit.numpy(), change.numpy(), strict=True):
        root = np.sqrt(w)
        np.testing.assert_allclose(np.linalg.lstsq(one * root[:, None], m * root, rcond=None)[0], expected, rtol=1e-8)
    monkeypatch.setattr(least_squares, "_MOST_PRODUCTS", 3)
    assert torch.allclose(corrections(rows, weight, misfit, 0.0)[0], change, rtol=1e-12)


def test_singular_equations_are_told_and_a_ridge_holds_what_nothing_is_said_about():
    rows = torch.tensor([[[1.0, 0.0], [4.0, 0.0]], [[1.0, 1.0], [4.0, 1.0]]], dtype=torch.float64)
    misfit = torch.tensor([[0.1, 0.4], [0.3, 0.6]], dtype=torch.float64)
    change, solved = corrections(rows, torch.ones(2, 2, dtype=torch.float64), misfit, 0.0)
    assert solved.all()
    np.testing.assert_allclose(change.numpy(), [[0.1, 0.0], [0.1, 0.2]], atol=1e-12)
    same = torch.ones(1, 2, 2, dtype=torch.float64)
    _, solved = corrections(same, torch.ones(1, 2, dtype=torch.float64), misfit[:1], 0.0)
    assert not solved.any()
