"""The real smSFX line lists: the known cell at rank 1, all 14 lattices searched, no option but the file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cctbx import crystal, uctbx

from mlindex_plugin import index
from mlindex_plugin.algorithms.peaks import read_peaks
from mlindex_plugin.phil import powder_scope

SHARED = Path(os.environ.get("MLINDEX_SHARED", Path(__file__).parents[3] / "shared" / "data"))
LISTS = ("3F", "salicylate", "thiorene")


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTS)
def test_the_known_cell_is_at_rank_one(name):
    path = SHARED / "smsfx" / f"{name}.json"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    truth = json.loads(path.read_text())
    group = {"mP": "P 1 2 1", "mC": "C 1 2 1"}[truth["bravais"]]
    known = crystal.symmetry(truth["known_cell"], group).niggli_cell().unit_cell()
    params = powder_scope().extract()
    best = index(read_peaks(str(path), params), params)[0]
    assert known.similarity_transformations(uctbx.unit_cell(best.niggli_cell), 0.01, 1.0).size() > 0
