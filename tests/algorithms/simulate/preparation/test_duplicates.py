from __future__ import annotations

import numpy as np
import pytest

from mlindex_plugin.algorithms.simulate.preparation.duplicates import duplicate_families, redundant_entries
from mlindex_plugin.algorithms.simulate.preparation.formula import composition

NAN = float("nan")


def both(*entries):
    """Families and redundant entries of (lattice, composition, volume, R-factor), named a, b, c ..."""
    lattices, compositions, volumes, r_factors = zip(*entries, strict=True)
    names = [chr(ord("a") + i) for i in range(len(entries))]
    families = duplicate_families(lattices, compositions, np.array(volumes))
    redundant = redundant_entries(lattices, compositions, np.array(volumes), np.array(r_factors), names)
    return families.tolist(), redundant.tolist()


def test_same_composition_and_volume_within_five_per_cent():
    assert both(("mP", "C4", 500, NAN), ("mP", "C4", 524, NAN)) == ([0, 0], [False, True])
    assert both(("mP", "C4", 500, NAN), ("mP", "C4", 526, NAN)) == ([0, 1], [False, False])


def test_another_lattice_or_composition_is_no_duplicate():
    assert both(("mP", "C4", 500, NAN), ("oP", "C4", 500, NAN)) == ([0, 1], [False, False])
    assert both(("mP", "C4", 500, NAN), ("mP", "C4 N4", 501, NAN)) == ([0, 1], [False, False])


def test_identical_volumes_are_duplicates_whatever_the_composition():
    assert both(("mP", "C4", 500.0, NAN), ("mP", "C4 N4", 500.0, NAN)) == ([0, 0], [False, True])


def test_the_lowest_r_factor_is_kept_then_the_first_name():
    entries = [("mP", "C4", 500, NAN), ("mP", "C4", 505, 0.08), ("mP", "C4", 510, 0.03), ("mP", "C4", 507, NAN)]
    assert both(*entries) == ([0, 0, 0, 0], [True, True, False, True])
    assert both(*[(*entry[:3], NAN) for entry in entries])[1] == [False, True, True, True]


def test_a_chain_is_one_family_of_which_only_duplicates_go():
    chain = [("mP", "C4", 500, NAN), ("mP", "C4", 520, NAN), ("mP", "C4", 540, NAN)]
    assert both(*chain) == ([0, 0, 0], [False, True, False])


def test_against_all_pairs():
    rng = np.random.default_rng(4)
    n = 150
    lattices = rng.choice(["mP", "oP"], n).tolist()
    compositions = rng.choice(["C4", "C8", "N4"], n).tolist()
    volumes = rng.choice(rng.uniform(300, 900, 100), n)
    r_factors = np.where(rng.random(n) < 0.5, rng.random(n), NAN)
    names = [f"{i:03d}" for i in rng.permutation(n)]

    def duplicates(i, j):
        ratio = max(volumes[i], volumes[j]) / min(volumes[i], volumes[j])
        return lattices[i] == lattices[j] and (ratio == 1 or compositions[i] == compositions[j] and ratio <= 1.05)

    families = duplicate_families(lattices, compositions, volumes)
    redundant = redundant_entries(lattices, compositions, volumes, r_factors, names)
    assert 0 < redundant.sum() < n
    kept = np.flatnonzero(~redundant)
    for i in range(n):
        assert all(families[i] == families[j] for j in range(n) if duplicates(i, j))
        others = [j for j in kept if j != i and duplicates(i, j)]
        assert bool(others) == redundant[i]  # kept ones have no duplicate left, redundant ones have one


@pytest.mark.parametrize(
    ("formula", "order", "expected"),
    [
        ("C3 H4 N1 O2", 4, "C12 N4 O8"),
        ("Na0.0208333 Cl0.0208333", 192, "Cl4 Na4"),
        ("C40 Fe1 N2", 1, "C40"),  # iron is 1 of 43, nitrogen 2 of 43
        ("D2 O1", 4, "O4"),
        ("H2", 4, "H8"),
    ],
)
def test_composition_leaves_out_hydrogen_and_rare_elements(formula, order, expected):
    assert composition(formula, order) == expected
