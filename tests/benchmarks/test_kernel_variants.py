"""The optimiser of the benchmark of alternatives: the product's where nothing differs, the equations where they do."""

from __future__ import annotations

import numpy as np
import pytest
import variant_pieces as pieces
from kernel_variants import PRODUCT, VARIANTS, measure, strength_of
from known_crystals import lines_of, peak_list
from variant_kernel import Variant, optimise_variant
from variant_tables import compared

from mlindex_plugin.algorithms.benchmark.searches import Search, Truth
from mlindex_plugin.algorithms.generators import RandomCells
from mlindex_plugin.algorithms.lattice import lattice_table
from mlindex_plugin.algorithms.search import observe, optimise

TRICLINIC = (7.1, 8.9, 11.2, 96.0, 104.0, 99.0)
TETRAGONAL = (6.3, 6.3, 9.7, 90, 90, 90)
# the edges of the gaps below and above one peak at 0.1: three lines, the upper one alone in its gap
Q2, EDGES = np.array([0.1]), np.array([[0.07, 0.094], [0.102, 0.102]])
CODES = np.arange(0xFFFF + 1)


def random_state():
    return np.array([12345], np.uint64)


def probability_of(distance, q2):
    """Eq. 21 with the variance of Eq. 22."""
    variance = q2 * (distance + 1e-10)
    return np.exp(-0.5 * distance**2 / variance) / np.sqrt(2 * np.pi * variance)


def weighed(weights, q2, line, sigma=1e-4):
    """Weights and targets of peaks with the lines given."""
    q2, line = np.array(q2), np.array(line)
    weight, target = np.empty(len(q2)), np.empty(len(q2))
    pieces.weigh(weights, q2, np.full(len(q2), sigma), np.full(len(q2), 9.0), line, random_state(), weight, target)
    return weight, target


def test_the_default_is_the_product():
    rng = np.random.default_rng(0)
    observed = observe(peak_list(lines_of("aP", TRICLINIC, 20)))
    start = RandomCells("aP").generate(observed.q2, 200, rng)
    expected = optimise(lattice_table("aP"), start, observed, 60, 7, 25)
    found = optimise_variant(lattice_table("aP"), start, observed, np.ones(20), 60, 7, 25, Variant())
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_each_variant_finds_an_exact_cell():
    q2 = lines_of("tP", TETRAGONAL, 20)
    search = Search("ideal", True, "made", peak_list(q2), Truth("tP", TETRAGONAL))
    records = list(measure(search, VARIANTS, 0))
    assert [record["variant"] for record in records] == list(VARIANTS)
    assert [record["variant"] for record in records if not record["found"]] == []
    assert {record["candidates"] for record in records} == {100}
    product = records[list(VARIANTS).index(PRODUCT)]
    assert 0 < product["reached"] <= 100
    assert len({record["iterations"] for record in records}) > len(VARIANTS) - 5  # they do differ


def test_lines_are_drawn_by_their_probability():
    state, line, hkl, n = random_state(), np.empty(1), np.empty(1, np.int64), 8_000
    drawn = np.empty(n)
    for k in range(n):
        pieces.draw_lines(Q2, EDGES, CODES, 0.0, state, np.empty(4), line, hkl)
        drawn[k] = line[0]
    probability = probability_of(np.array([0.03, 0.006, 0.002]), 0.1)
    expected = probability / probability.sum()
    np.testing.assert_allclose([np.mean(drawn == x) for x in (0.07, 0.094, 0.102)], expected, atol=0.02)


def test_no_drawn_line_goes_to_two_peaks():
    q2 = np.array([0.1, 0.11])
    edges = np.array([[0.09, 0.09], [0.105, 0.105], [np.inf, -np.inf]])
    state, line, hkl = random_state(), np.empty(2), np.empty(2, np.int64)
    seen = set()
    for _ in range(200):
        pieces.draw_lines(q2, edges, CODES, 0.0, state, np.empty(4), line, hkl)
        seen.add(tuple(line))
    assert seen == {(0.09, 0.105), (0.105, np.inf)}


def test_certainty_is_the_share_of_the_nearest_line():
    q2 = np.array([0.1, 0.2])
    edges = np.array([[0.07, 0.094], [0.102, 0.102], [0.2001, 0.3]])
    certainty = np.empty(2)
    pieces.certainties(q2, edges, np.array([0.102, 0.2001]), np.empty(4), certainty)
    first = probability_of(np.array([0.002, 0.006, 0.03]), 0.1)
    second = probability_of(np.array([0.0001, 0.098, 0.1]), 0.2)
    own = np.array([first[0] / first.sum(), second[0] / second.sum()])
    np.testing.assert_allclose(certainty, own / own.mean(), rtol=1e-9)


@pytest.mark.parametrize(("draw", "share", "expected"), [(0, 0.5, 9.5), (0, 0.25, 4.75), (0, 1.0, 19), (1, 1.0, 19)])
def test_peaks_are_kept_in_the_share_wanted(draw, share, expected):
    line, state, kept = np.ones(20), random_state(), np.empty(21, np.int64)
    line[4] = np.inf
    numbers = np.zeros(20)
    for _ in range(4000):
        n = pieces.keep_peaks(draw, share, np.ones(20), line, state, kept)
        np.add.at(numbers, kept[:n], 1)
    assert numbers[4] == 0
    assert numbers.sum() / 4000 == pytest.approx(expected, abs=0.15)
    assert np.ptp(np.delete(numbers, 4)) < 0.25 * numbers.max()


def test_certain_peaks_are_kept_more_often():
    certainty, state, kept = np.array([0.2, 1.8]), random_state(), np.empty(3, np.int64)
    numbers = np.zeros(2)
    for _ in range(4000):
        n = pieces.keep_peaks(pieces.CERTAIN, 0.5, certainty, np.ones(2), state, kept)
        np.add.at(numbers, kept[:n], 1)
    np.testing.assert_allclose(numbers / 4000, [0.1, 0.9], atol=0.02)


def test_weights_of_equation_18_grow_with_misfit_and_spacing():
    weight, target = weighed(pieces.COELHO, [0.1, 0.1, 0.2], [0.101, 0.102, 0.201])
    assert weight[1] / weight[0] == pytest.approx(4)  # squares of |Δ2θ|
    exponent = np.log(weight[0] / weight[2]) / np.log(2)
    assert 0 < exponent < 4
    assert weight[0] == pytest.approx(0.1**-exponent * 0.001**2 * 9)
    np.testing.assert_array_equal(target, [0.1, 0.1, 0.2])


def test_the_gauss_newton_step_is_that_of_its_residual():
    """Δ/√variance, the variance held at its value or following the misfit."""
    q2, line, change = 0.1, 0.103, 1e-9

    def residual(position, variance_at):
        return (q2 - position) / np.sqrt(q2 * (abs(q2 - variance_at) + 1e-10))

    weight, target = weighed(pieces.NEWTON, [q2], [line])
    slope = (residual(line + change, line) - residual(line, line)) / change
    assert weight[0] == pytest.approx(slope**2, rel=1e-5)
    assert target[0] - line == pytest.approx(-residual(line, line) / slope, rel=1e-5)

    weight, target = weighed(pieces.NEWTON_FOLLOWED, [q2], [line])
    slope = (residual(line + change, line + change) - residual(line, line)) / change
    assert weight[0] == pytest.approx(slope**2, rel=1e-5)
    assert target[0] - line == pytest.approx(-residual(line, line) / slope, rel=1e-5)


def test_strength_has_intensity_and_angle():
    peaks = peak_list(np.array([0.1, 0.2, 0.3]), intensity=np.array([1.0, 2.0, 4.0]), wavelength=1.54)
    two_theta = 2 * np.arcsin(np.sqrt(peaks.q2) * 1.54 / 2)
    expected = (peaks.intensity / (2 * np.sin(two_theta))) ** 2 * (1.54 * 1.54 * 2) ** 2 / 4
    found = strength_of(peaks)
    np.testing.assert_allclose(found / found[0], expected / expected[0], rtol=1e-9)


def test_a_variant_is_compared_list_by_list_and_at_equal_time():
    def record(reached, found, seconds):
        return {
            "lattice": "aP",
            "candidates": 100,
            "iterations": 5000,
            "seconds": seconds,
            "reached": reached,
            "found": found,
        }

    product = {1: record(1, True, 0.01), 2: record(0, False, 0.01), 3: record(0, False, 0.01)}
    own = {1: record(1, True, 0.02), 2: record(1, True, 0.02), 3: record(0, False, 0.02)}
    row = compared(own, product)
    assert (row["lists"], row["won"], row["lost"], row["p"]) == (3, 1, 0, 1)
    assert row["found"] == pytest.approx(2 / 3)
    assert row["microseconds"] == pytest.approx(4)
    at_half, at_all = 1 - 0.99**50, 1 - 0.99**100  # half as many candidates in the product's time
    assert row["equal_time"] == pytest.approx(2 * at_half / 3)
    assert row["difference"] == pytest.approx((2 * at_half - at_all) / 3)
