from __future__ import annotations

import numpy as np
import pytest
from training_files import SYMBOLS, crystal, many_crystals, write_data_set

from mlindex_plugin.algorithms.benchmark.conditions import simulated_conditions
from mlindex_plugin.algorithms.benchmark.crystal_choice import PARTS, crystals_of_part, part_of
from mlindex_plugin.algorithms.benchmark.searches import crystal_searches
from mlindex_plugin.algorithms.lattice import q2_from_two_theta, two_theta_from_q2

WAVELENGTH = 1.5406


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return many_crystals(tmp_path_factory.mktemp("data") / "set.h5")


def searches(data, *names, part="unseen", n=4, list_length=60, seed=0):
    conditions = {name: simulated_conditions()[name] for name in names}
    return crystal_searches([data], "tP", conditions, part, n, list_length, seed)


def entry_of(search):
    """The crystal that `many_crystals` made under the search's name."""
    number = int(search.name.removesuffix(".cif"))
    return crystal(search.name, number, space_group=SYMBOLS[number % 3 == 2])


def test_parts_are_halves_of_the_validation_side(data):
    names = {part: set(crystals_of_part([data], "tP", part).identifier) for part in (*PARTS, "unseen")}
    validation = {f"{i}.cif" for i in range(60) if i % 5 == 4}
    assert names["development"] | names["test"] == validation
    assert not names["development"] & names["test"]
    assert {name for name in validation if part_of(name) == "test"} == names["test"]
    assert names["unseen"] == {f"{i}.cif" for i in range(60)}


def test_ideal_lists_are_exact_and_look_like_a_user_s(data):
    for search in searches(data, "ideal"):
        entry = entry_of(search)
        expected = entry.observable[1].q2
        reached = expected[two_theta_from_q2(expected, WAVELENGTH) < 160]
        np.testing.assert_allclose(search.peaks.q2, reached, rtol=1e-12)
        assert (search.peaks.unit, search.peaks.wavelength) == ("two_theta", WAVELENGTH)
        assert not search.peaks.sigma_measured
        assert search.truth.bravais_lattice == "tP"
        assert search.truth.cell == pytest.approx(entry.cell)


def test_zero_shift_moves_every_line_that_is_not_foreign(data):
    n_lines = n_of_crystal = 0
    for search in searches(data, "zero_0.07"):
        assert search.about["zero_shift"] == 0.07 and search.about["n_contaminants"] == 2
        entry = entry_of(search)
        shifted = q2_from_two_theta(two_theta_from_q2(entry.observable[1].q2, WAVELENGTH) + 0.07, WAVELENGTH)
        two_theta = two_theta_from_q2(search.peaks.q2, WAVELENGTH)
        nearest = np.abs(two_theta[:, None] - two_theta_from_q2(shifted, WAVELENGTH)).min(axis=1)
        assert np.median(nearest) < 0.025  # a standard error of 0.02
        n_lines, n_of_crystal = n_lines + len(shifted), n_of_crystal + len(search.peaks) - 2
    assert 0.8 < n_of_crystal / n_lines < 0.97  # 10 % missing


def test_smsfx_lists_are_in_q_without_a_wavelength(data):
    found = searches(data, "smsfx", n=12)
    assert {(one.peaks.unit, one.peaks.wavelength) for one in found} == {("q", None)}
    assert {one.peaks.sigma_measured for one in found} == {True, False}  # half of them state their errors


def test_a_list_depends_on_seed_condition_and_crystal_alone(data):
    def digests(found):
        return {(one.condition, one.name): one.list_digest for one in found}

    few, more = digests(searches(data, "error", n=2)), digests(searches(data, "ideal", "error", "smsfx", n=6))
    assert few.items() <= more.items()
    assert len({digest for (name, _), digest in more.items() if name == "error"}) == 6
    again = digests(searches(data, "error", n=60, seed=1))
    assert all(again.get(key) != digest for key, digest in few.items())


def test_lists_are_cut_and_short_ones_left_out(data, tmp_path):
    assert {len(one.peaks) for one in searches(data, "ideal", list_length=25)} == {25}
    small = write_data_set(tmp_path / "small.h5", [crystal("1.cif", 1)], ["validation"])
    (one,) = searches(small, "ideal")
    assert len(one.peaks) >= 20
    assert searches(small, "ideal", part=PARTS[1 - PARTS.index(part_of("1.cif"))]) == []
