from __future__ import annotations

import json

import pytest
from powder_command import mlindex_powder, write_lines

HEXAGONAL = (4.9137, 4.9137, 5.4047, 90, 90, 120)


def test_log_summary_and_page_name_the_orthorhombic_cell_with_the_lines_of_a_hexagonal_one(tmp_path):
    write_lines(tmp_path / "lines.txt", HEXAGONAL, "P 6/m m m", 20)
    process = mlindex_powder("units=d", "bravais_lattices=hP", "lines.txt", "effort=quick", "nproc=1", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    line = "oP 2.457 4.255 5.405 90 90 90 (1/2 of the cell): the same lines at every d"
    assert f"\nSolution 1 is explained as well by:\n  {line}\n" in process.stdout
    first = json.loads((tmp_path / "mlindex_powder.json").read_text())["solutions"][0]
    assert first["unit_cell"] == pytest.approx(HEXAGONAL, rel=1e-4)
    (alternative,) = first["alternatives"]
    assert alternative["unit_cell"] == pytest.approx([2.45685, 4.25539, 5.4047, 90, 90, 90], rel=1e-4)
    assert (alternative["geometric"], alternative["rank"], alternative["indices"]) == (True, None, [1, 2])
    assert f"1 hP is explained as well by:<br>{line}" in (tmp_path / "mlindex_powder.html").read_text()
