"""The command dials.mlindex_statistics."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

from mlindex_plugin.algorithms.simulate.synthetic import read_statistics

REPOSITORY = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
CIF = """data_salt
_cell_length_a 5.64
_cell_length_b 5.64
_cell_length_c 5.64
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'F m -3 m'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Na Na 0 0 0
Cl Cl 0.5 0.5 0.5
"""


def command(*arguments, cwd):
    call = [sys.executable, "-m", "mlindex_plugin.command_line.mlindex_statistics", *arguments]
    return subprocess.run(call, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)


def write_inputs(folder):
    (folder / "cifs").mkdir()
    (folder / "cifs" / "salt.cif").write_text(CIF)
    (folder / "cifs_index.csv").write_text("file,source,near_experimental_case\nsalt.cif,MP_,0\n")
    columns = "source,space_group_number,hm,setting,a,b,c,alpha,beta,gamma,formula,natoms_conv,near_experimental_case"
    (folder / "cells.csv").write_text(f"{columns}\nMP_,225,F m -3 m,standard,5.64,5.64,5.64,90,90,90,Na1 Cl1,8,0\n")


def test_statistics_are_learned_and_written(tmp_path):
    write_inputs(tmp_path)
    process = command("cells.csv", "cifs", "output.file=own.npz", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    assert "inorganic        1 cells,      1 structures" in process.stdout
    assert "Saved own.npz" in process.stdout
    assert read_statistics(tmp_path / "own.npz")["inorganic"].space_groups[224] == 1
    log = (tmp_path / "dials.mlindex_statistics.log").read_text()
    assert "inorganic        1 cells,      1 structures" in log
    summary = json.loads((tmp_path / "own.json").read_text())
    assert summary["schema"] == {"name": "mlindex_statistics_summary", "version": 1}
    assert summary["populations"]["inorganic"] == {"cells": 1, "structures": 1}
    assert summary["left_out"] == {}


def test_unreadable_rows_and_cifs_not_in_the_index_are_counted(tmp_path):
    write_inputs(tmp_path)
    with (tmp_path / "cells.csv").open("a") as stream:
        stream.write("MP_,I m -3 m,I m -3 m,standard,5,5,5,90,90,90,Na,2,0\n")
        stream.write("MP_,225,F m -3 m,standard,6.2x,6.2,6.2,90,90,90,Na,2,0\n")
    (tmp_path / "cifs" / "more.cif").write_text(CIF)
    process = command("cells.csv", "cifs", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    assert "left out         2 cell: unreadable row" in process.stdout
    assert "left out         1 CIF: not in the index" in process.stdout
    summary = json.loads((tmp_path / "statistics.json").read_text())
    assert summary["left_out"] == {"CIF: not in the index": 1, "cell: unreadable row": 2}


def test_a_truncated_table_is_told_in_a_sentence(tmp_path):
    write_inputs(tmp_path)
    whole = gzip.compress((tmp_path / "cells.csv").read_bytes())
    (tmp_path / "cells.csv.gz").write_bytes(whole[:-20])
    process = command("cells.csv.gz", "cifs", cwd=tmp_path)
    assert process.returncode == 1
    assert "cells.csv.gz: not a readable CSV file (EOFError)" in process.stderr
    assert "Traceback" not in process.stderr


def test_an_output_that_cannot_be_written_is_told_before_the_work(tmp_path):
    write_inputs(tmp_path)
    process = command("cells.csv", "cifs", "output.file=nowhere/own.npz", cwd=tmp_path)
    assert process.returncode == 1
    assert "nowhere/own.npz: cannot be written; choose another output.file" in process.stderr
    assert "cells" not in process.stdout and "Traceback" not in process.stderr


def test_a_missing_folder_is_told_in_a_sentence(tmp_path):
    write_inputs(tmp_path)
    process = command("cells.csv", cwd=tmp_path)
    assert process.returncode == 1
    assert "name one table of cells and one folder of CIFs" in process.stderr
    assert "Traceback" not in process.stderr


def test_a_missing_cif_is_told_in_a_sentence(tmp_path):
    write_inputs(tmp_path)
    (tmp_path / "cifs" / "salt.cif").unlink()
    process = command("cells.csv", "cifs", cwd=tmp_path)
    assert process.returncode == 1
    assert "salt.cif: named in" in process.stderr and "Traceback" not in process.stderr
    assert not (tmp_path / "statistics.npz").exists()
