"""Augmentation of entries from end to end."""

from __future__ import annotations

import numpy as np
import pytest
from augmented_entries import entries

from mlindex_plugin.algorithms.simulate.augmentation import Augmentation, allowed_lines_of_cells
from mlindex_plugin.algorithms.simulate.augmentation.__main__ import run
from mlindex_plugin.algorithms.simulate.augmentation.comparison import ks_distances
from mlindex_plugin.algorithms.simulate.dataset.parts import write_part
from mlindex_plugin.algorithms.simulate.preparation.structure_entries import Prepared
from mlindex_plugin.errors import InputError


@pytest.fixture(scope="module")
def originals():
    return [*entries("P 1 21/n 1", 60), *entries("P 1 21 1", 6), *entries("P 21 21 21", 20)]


@pytest.fixture(scope="module")
def augmentation(originals):
    return Augmentation.fit(originals)


def test_copies_are_entries_of_their_own(augmentation, originals):
    copies, original = augmentation.augment(originals, 200, np.random.default_rng(0))
    assert len(copies) == len(original) == 200
    assert len({copy.identifier for copy in copies}) == 200
    assert np.bincount(original).max() <= 10
    for i, copy in zip(original, copies, strict=True):
        parent = originals[i]
        assert copy.identifier.rpartition("#")[0] == parent.identifier
        assert (copy.space_group, copy.bravais_lattice) == (parent.space_group, parent.bravais_lattice)
        assert np.abs(copy.cell - parent.cell).max() > 1e-3
        assert len(copy.observable) == 3


def test_rare_symbols_are_copied_first(augmentation, originals):
    copies, _ = augmentation.augment(originals, 50, np.random.default_rng(0))
    symbols = [copy.space_group for copy in copies]
    assert symbols.count("P 1 21 1") == 32 and symbols.count("P 21 21 21") == 18


def test_lines_of_copies_are_allowed_and_ascending(augmentation, originals):
    copies, _ = augmentation.augment(originals, 120, np.random.default_rng(1))
    for copy in copies:
        ((q2, hkl),) = allowed_lines_of_cells(copy.bravais_lattice, [copy.space_group], copy.cell[None])
        np.testing.assert_array_equal(copy.allowed.q2, q2[:60])
        np.testing.assert_array_equal(copy.allowed.hkl, hkl[:60])
        for lines in copy.observable:
            assert 1 <= len(lines) <= 60 and (np.diff(lines.q2) > 0).all()
            assert np.isin(lines.q2, q2).all() and (lines.intensity > 0).all()
        shown = np.isin(copy.allowed.q2, np.concatenate([lines.q2 for lines in copy.observable]))
        assert np.array_equal(copy.allowed.intensity > 0, shown)


def test_the_lines_recomputed_are_those_of_the_entry(originals):
    for entry in originals:
        ((q2, _),) = allowed_lines_of_cells(entry.bravais_lattice, [entry.space_group], entry.cell[None])
        np.testing.assert_allclose(q2[:60], entry.allowed.q2, rtol=1e-9)


def test_copies_are_distributed_as_their_originals(augmentation, originals):
    monoclinic = [entry for entry in originals if entry.space_group == "P 1 21/n 1"]
    copies, _ = augmentation.copy(monoclinic, np.full(len(monoclinic), 10), np.random.default_rng(2))
    distances = ks_distances(monoclinic, copies, 1)
    assert max(distances[name] for name in ("a", "b", "c", "beta", "volume")) < 0.15
    assert max(distances["q2 1"], distances["q2 10"], distances["q2 20"]) < 0.25
    means = [np.mean([len(entry.observable[1]) for entry in group]) for group in (monoclinic, copies)]
    assert means[1] == pytest.approx(means[0], rel=0.12)
    assert {name for name in distances} >= {"a", "b", "c", "beta"} and "alpha" not in distances


def test_broader_lines_show_fewer(augmentation, originals):
    copies, _ = augmentation.augment(originals, 200, np.random.default_rng(3))
    sharp, middle, broad = (np.mean([len(copy.observable[j]) for copy in copies]) for j in range(3))
    assert sharp > 1.2 * middle and middle > 1.2 * broad


def test_the_same_seed_gives_the_same_copies(augmentation, originals):
    one, two = (augmentation.augment(originals, 60, np.random.default_rng(5))[0] for _ in range(2))
    for first, second in zip(one, two, strict=True):
        assert first.identifier == second.identifier and np.array_equal(first.cell, second.cell)
        assert all(np.array_equal(a.q2, b.q2) for a, b in zip(first.observable, second.observable, strict=True))
    other, _ = augmentation.augment(originals, 60, np.random.default_rng(6))
    assert not np.array_equal(one[0].cell, other[0].cell)


def test_a_lattice_that_was_not_fitted_is_refused(originals):
    orthorhombic = [entry for entry in originals if entry.bravais_lattice == "oP"]
    with pytest.raises(InputError, match="has not been fitted on mP entries"):
        Augmentation.fit(orthorhombic).augment(originals, 100, np.random.default_rng(0))


def test_the_command_prints_distances_and_draws_figures(originals, tmp_path, capsys):
    dataset = tmp_path / "training.h5"
    write_part(dataset, [Prepared(entry.identifier, entry) for entry in originals], [], 0)
    run([str(dataset), str(tmp_path)])
    printed = capsys.readouterr().out
    assert "copies of 86 entries" in printed and "| mP | 66 |" in printed and "| oP | 20 |" in printed
    names = {path.name for path in tmp_path.glob("*.png")}
    assert names == {f"augmentation_mP_{name}.png" for name in ("parameters", "covariance", "lines")}
    assert all(path.stat().st_size > 5000 for path in tmp_path.glob("*.png"))


def test_the_command_refuses_what_it_cannot_use(tmp_path):
    with pytest.raises(SystemExit, match="Give a data set"):
        run([])
    with pytest.raises(SystemExit, match=r"none\.h5: no such file"):
        run([str(tmp_path / "none.h5"), str(tmp_path)])
