"""A batch whose units are optimised in groups by torch: the answers are those of the compiled kernel."""

from __future__ import annotations

import json

import pytest
import torch
from known_crystals import lines_of

from mlindex_plugin.algorithms.batch import name_patterns, run_batch, timed_unit, timed_units
from mlindex_plugin.algorithms.parallel import GroupedWorkers, Grouping, Interruption, Workers
from mlindex_plugin.algorithms.parallel.pool import InProcess

DIFF = "input.units=q2\nsearch.bravais_lattices=tP mP\nsearch.effort=quick\n"
CELLS = {"a": (5.12, 5.12, 8.37, 90, 90, 90), "b": (6.2, 6.2, 9.1, 90, 90, 90)}


def run(patterns, directory, workers):
    directory.mkdir()
    with workers, Interruption() as interruption:
        return run_batch(patterns, directory, DIFF, None, workers, interruption, lambda n, row, searched: None)


def solutions(directory, name):
    return json.loads((directory / name / "mlindex_powder.json").read_text())["solutions"]


def test_a_batch_in_groups_has_the_answers_of_one_without(tmp_path):
    torch.set_num_threads(1)
    for name, cell in CELLS.items():
        (tmp_path / f"{name}.txt").write_text("".join(f"{value:.9f}\n" for value in lines_of("tP", cell, 20)))
    patterns = name_patterns([str(tmp_path / f"{name}.txt") for name in CELLS])
    sizes = []

    def counted(tasks):
        sizes.append(len(tasks))
        return timed_units(tasks, device="cpu")

    rows = run(patterns, tmp_path / "groups", GroupedWorkers(InProcess(), Grouping(timed_unit, counted, 16, 1024)))
    expected = run(patterns, tmp_path / "single", Workers(1))
    assert sizes[0] == 4  # two lattices of both patterns
    for row, other in zip(rows, expected, strict=True):
        assert (row.status, row.lattice, row.n_indexed) == ("done", "tP", 20)
        assert row.a == pytest.approx(other.a, rel=1e-6)
        assert 0 < row.seconds
        mine, theirs = (solutions(tmp_path / folder, row.name) for folder in ("groups", "single"))
        # further down, cells that explain as much may change places
        assert mine[0]["bravais_lattice"] == theirs[0]["bravais_lattice"]
        assert mine[0]["unit_cell"] == pytest.approx(theirs[0]["unit_cell"], rel=1e-6)
        assert mine[0]["n_indexed"] == theirs[0]["n_indexed"]
