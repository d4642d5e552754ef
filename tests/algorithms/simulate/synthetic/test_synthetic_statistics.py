"""Learning, densities and the file of statistics."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from cctbx import crystal, uctbx, xray

from mlindex_plugin.algorithms.simulate.synthetic.atomic_volumes import atomic_volume
from mlindex_plugin.algorithms.simulate.synthetic.cell_counts import count_cells
from mlindex_plugin.algorithms.simulate.synthetic.density import KernelDensity, scott_covariance
from mlindex_plugin.algorithms.simulate.synthetic.learning import learn_statistics
from mlindex_plugin.algorithms.simulate.synthetic.shapes import cell_of_shape, n_coordinates, shapes_from_cells
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.algorithms.simulate.synthetic.statistics import (
    ALL_ROW,
    LATTICE_ROWS,
    read_statistics,
    shipped_statistics,
    write_statistics,
)
from mlindex_plugin.errors import InputError

COLUMNS = "source,space_group_number,hm,setting,a,b,c,alpha,beta,gamma,formula,natoms_conv,near_experimental_case"
ROCK_SALT = "MP,225,F m -3 m,spglib standard ,5.64,5.64,5.64,90,90,90,Na1 Cl1,8,0"


def table(path, *rows):
    path.write_text("\n".join((COLUMNS, *rows)) + "\n")
    return path


@pytest.mark.parametrize(
    ("lattice", "cell"),
    [
        ("cF", (5.6, 5.6, 5.6, 90, 90, 90)),
        ("tP", (4.1, 4.1, 9.3, 90, 90, 90)),
        ("hR", (5.0, 5.0, 17.0, 90, 90, 120)),
        ("oC", (7.0, 5.0, 12.0, 90, 90, 90)),
        ("mP", (7.0, 5.0, 12.0, 90, 110, 90)),
        ("aP", (7.0, 8.0, 12.0, 85, 95, 105)),
    ],
)
def test_a_cell_is_its_shape_and_its_volume(lattice, cell):
    shape = shapes_from_cells(lattice, np.array([cell], float))[0]
    assert len(shape) == n_coordinates(lattice)
    np.testing.assert_allclose(cell_of_shape(lattice, shape, uctbx.unit_cell(cell).volume()), cell, rtol=1e-12)


def test_angles_that_no_cell_has_give_none():
    assert cell_of_shape("aP", np.array([0.0, 0.0, 120, 120, 125]), 100) is None


def test_scott_bandwidth_is_that_of_scipy():
    from scipy.stats import gaussian_kde

    points = np.random.default_rng(0).normal(size=(200, 2)) @ [[1, 0.8], [0, 0.3]]
    np.testing.assert_allclose(scott_covariance(points), gaussian_kde(points.T).covariance, rtol=1e-12)


def test_samples_follow_the_density():
    rng = np.random.default_rng(0)
    points = rng.normal([1, -2], [0.5, 2], (3000, 2))
    density = KernelDensity(points, scott_covariance(points))
    drawn = np.array([density.sample(rng) for _ in range(4000)])
    np.testing.assert_allclose(drawn.mean(axis=0), points.mean(axis=0), atol=0.12)
    np.testing.assert_allclose(drawn.std(axis=0), points.std(axis=0) * np.sqrt(1 + 3000 ** (-1 / 3)), rtol=0.05)


def test_the_second_coordinate_is_drawn_given_the_first():
    rng = np.random.default_rng(0)
    first = rng.uniform(0, 10, 3000)
    points = np.column_stack([first, 2 * first + rng.normal(0, 0.1, 3000)])
    density = KernelDensity(points, scott_covariance(points))
    for value in (2.0, 5.0, 8.0):
        drawn = [density.sample_second(value, rng) for _ in range(500)]
        assert np.mean(drawn) == pytest.approx(2 * value, abs=0.05)
        assert np.std(drawn) < 0.2


def test_atomic_volume_has_the_mean_of_covalent_and_van_der_waals_radius():
    assert atomic_volume("C") == pytest.approx(4 / 3 * np.pi * ((0.76 + 1.775) / 2) ** 3, rel=1e-6)
    assert atomic_volume("D") == atomic_volume("H")
    with pytest.raises(ValueError, match="Xx"):
        atomic_volume("Xx")


def test_cells_are_counted_in_the_reference_setting(tmp_path):
    rows = [
        ROCK_SALT,
        ROCK_SALT[:-1] + "1",
        "COD,14,P 1 21/n 1,as published,7.0,9.0,11.0,90,98,90,C6 H6,,0",
        "COD,62,P b n m,as published,5.0,6.0,7.0,90,90,90,Mg O3 Si,,0",
        "COD,1,P 1,as published,4,5,6,90,90,90,Ag,,0",
        "COD,62,P x y z,as published,5.0,6.0,7.0,90,90,90,Mg O,,0",
        "COD,225,F m -3 m,as published,5.0,6.0,7.0,90,90,90,Mg O,,0",
    ]
    counts, left_out = count_cells(table(tmp_path / "cells.csv", *rows))
    assert sorted(counts["inorganic"].cells) == [62, 225]
    np.testing.assert_allclose(counts["inorganic"].cells[62][0][:3], [6, 7, 5])  # b n m is the cab setting of P n m a
    volume = uctbx.unit_cell(tuple(counts["organic"].cells[14][0])).volume()
    assert volume == pytest.approx(uctbx.unit_cell((7, 9, 11, 90, 98, 90)).volume(), rel=1e-9)
    logarithms = np.log([4 * (atomic_volume("Na") + atomic_volume("Cl")), 5.64**3])
    for row in (224, LATTICE_ROWS["cF"], ALL_ROW):
        np.testing.assert_allclose(counts["inorganic"].volumes[row], [logarithms])
    assert left_out == {
        "near an experimental case": 1,
        "P 1 as published, often of hidden symmetry": 1,
        "unknown symbol": 1,
        "cell and space group do not go together": 1,
    }


def test_a_table_without_a_column_is_told(tmp_path):
    (tmp_path / "cells.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="cells.csv: no column source, space_group_number, hm"):
        count_cells(tmp_path / "cells.csv")


def test_rows_that_cannot_be_read_are_counted(tmp_path):
    fields = ROCK_SALT.split(",")
    rows = [ROCK_SALT, ",".join(fields[:5]), ROCK_SALT + ",1"]
    for i, value in ((1, "F m -3 m"), (4, "6.2x"), (4, "nan"), (4, "0"), (9, "200"), (10, "Na1.2.3"), (11, "-8")):
        rows.append(",".join([*fields[:i], value, *fields[i + 1 :]]))
    counts, left_out = count_cells(table(tmp_path / "cells.csv", *rows))
    assert len(counts["inorganic"].cells[225]) == 1
    assert left_out == {"unreadable row": len(rows) - 1}


def test_a_table_that_gives_no_cell_is_refused(tmp_path):
    with pytest.raises(InputError, match="cells.csv: a table without rows"):
        count_cells(table(tmp_path / "cells.csv"))
    with pytest.raises(InputError, match=r"cells.csv: no cell can be counted \(1 near an experimental case\)"):
        count_cells(table(tmp_path / "cells.csv", ROCK_SALT[:-1] + "1"))


@pytest.fixture
def learned(tmp_path):
    """Sixty rock salts of other sizes and one P 21/c crystal."""
    cells = [ROCK_SALT.replace("5.64", f"{5 + i / 60:.3f}") for i in range(60)]
    (tmp_path / "cifs").mkdir()
    rock_salt = xray.structure(crystal_symmetry=crystal.symmetry((5.64,) * 3 + (90,) * 3, "F m -3 m"))
    rock_salt.add_scatterer(xray.scatterer("Na", (0, 0, 0)))
    rock_salt.add_scatterer(xray.scatterer("Cl", (0.5, 0.5, 0.5)))
    oxide = xray.structure(crystal_symmetry=crystal.symmetry((7, 8, 9, 90, 100, 90), "P 1 21/n 1"))
    oxide.add_scatterer(xray.scatterer("Ti", (0.5, 0, 0)))
    for i in range(3):
        oxide.add_scatterer(xray.scatterer("O", (0.1 + 0.2 * i, 0.2, 0.3)))
    for name, structure in (("salt.cif", rock_salt), ("oxide.cif", oxide)):
        (tmp_path / "cifs" / name).write_text(_cif(structure))
    (tmp_path / "cifs" / "unlisted.cif").write_text(_cif(oxide))
    with (tmp_path / "cifs_index.csv").open("w", newline="") as stream:
        rows = [("file", "source", "near_experimental_case"), ("oxide.cif", "MP_", 0)]
        csv.writer(stream).writerows(rows + [("salt.cif", "MP_", 0)] * 55 + [("salt.cif", "MP_", 1)])
    cells.append("MP,14,P 1 21/c 1,spglib standard b1,7,8,9,90,100,90,Ti1 O3,16,0")
    return table(tmp_path / "cells.csv", *cells), tmp_path / "cifs_index.csv", tmp_path / "cifs"


def _cif(structure):
    from io import StringIO

    stream = StringIO()
    structure.as_cif_simple(out=stream)
    return stream.getvalue()


def test_sites_are_counted_and_rare_groups_borrow(learned, tmp_path):
    statistics, left_out = learn_statistics(*learned)
    inorganic = statistics["inorganic"]
    assert left_out == {"CIF: near an experimental case": 1, "CIF: not in the index": 1}
    assert inorganic.space_groups[[224, 13]].tolist() == [60, 1]
    assert inorganic.n_structures[[224, 13, ALL_ROW]].tolist() == [55, 1, 56]
    letters = [position.letter for position in space_group(225).positions]
    assert {letters[i]: int(n) for i, n in enumerate(inorganic.wyckoff[224]) if n} == {"a": 55, "b": 55}
    assert inorganic.freedoms[13].tolist() == [1, 0, 0, 3]
    assert inorganic.repetitions[13, 1, 3] == 1 and inorganic.repetitions[13, 0, 1] == 1
    assert (inorganic.row(225), inorganic.row(216), inorganic.row(14)) == (224, LATTICE_ROWS["cF"], ALL_ROW)
    # cF crystals sit on points; in F -4 3 m, which borrows, the four such positions share what they had
    points = [position.n_free == 0 for position in space_group(216).positions]
    np.testing.assert_allclose(inorganic.site_probabilities(216), np.array(points) / 4)
    assert inorganic.volume_density(216) is inorganic.volumes[LATTICE_ROWS["cF"]]

    write_statistics(tmp_path / "own.npz", statistics, "made by a test")
    again = read_statistics(tmp_path / "own.npz")["inorganic"]
    assert np.array_equal(again.elements, inorganic.elements)
    np.testing.assert_allclose(again.volumes[224].centres, inorganic.volumes[224].centres, rtol=1e-3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells.csv", "cifs", "cifs_index.csv", "own.npz"]


def test_a_file_of_something_else_is_told(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.arange(3))
    with pytest.raises(InputError, match="other.npz: not a file of statistics"):
        read_statistics(tmp_path / "other.npz")


def test_shipped_statistics_are_small_and_name_their_sources():
    import json
    from importlib.resources import files

    path = files("mlindex_plugin.algorithms.simulate.synthetic").joinpath("statistics.npz")
    assert len(path.read_bytes()) < 1_000_000
    with np.load(path, allow_pickle=False) as stored:
        attribution = json.loads(str(stored["header"]))["attribution"]
    assert "Materials Project (CC BY 4.0" in attribution and "CoRE MOF" in attribution
    assert {"inorganic", "framework"} <= set(shipped_statistics())
    assert set(shipped_statistics()["inorganic"].shapes) == set(LATTICE_ROWS)
