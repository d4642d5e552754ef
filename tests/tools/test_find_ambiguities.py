from __future__ import annotations

import csv
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "find_ambiguities.py"
TABLE = resources.files("mlindex_plugin.algorithms.lattice").joinpath("ambiguities.csv")
COLUMNS = ("hh", "kk", "ll", "hk", "hl", "kl", "lattice", "x")


def discriminant(row):
    a, b, c, d, e, f = (int(row[name]) for name in COLUMNS[:6])
    return 4 * a * b * c + d * e * f - a * f * f - b * e * e - c * d * d


@pytest.mark.slow
def test_the_tool_finds_the_lattices_of_the_table_again(tmp_path):
    """Up to a lower discriminant: of each group of the table what lies below."""
    most = 250
    code = f"import runpy, sys; tool = runpy.run_path({str(TOOL)!r}); tool['main'](sys.argv[1], {most})"
    subprocess.run([sys.executable, "-c", code, tmp_path / "found.csv"], check=True)
    found = {tuple(row[name] for name in COLUMNS) for row in csv.DictReader((tmp_path / "found.csv").open())}
    table = list(csv.DictReader(TABLE.open()))
    below = {tuple(row[name] for name in COLUMNS) for row in table if discriminant(row) <= most}
    assert found <= below
    # what is missing lost its companions, which lie above, or is held together by a family with those below
    assert len(found) >= 0.8 * len(below) > 50
