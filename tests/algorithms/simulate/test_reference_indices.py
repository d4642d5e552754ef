from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from mlindex_plugin.algorithms.lattice import LATTICES, hkl_design, xnn_from_cells
from mlindex_plugin.algorithms.simulate.reference_indices import ReferenceIndices
from mlindex_plugin.errors import InputError

CELLS = {
    "cubic": (6.0, 6.0, 6.0, 90, 90, 90),
    "tetragonal": (5.0, 5.0, 8.0, 90, 90, 90),
    "hexagonal": (5.0, 5.0, 13.0, 90, 90, 120),
    "orthorhombic": (5.0, 7.0, 9.0, 90, 90, 90),
    "monoclinic": (5.0, 7.0, 9.0, 90, 105, 90),
    "triclinic": (6.0, 8.0, 9.0, 95, 101, 97),
}

# International Tables A, Table 1.6.3.1 (obverse setting of R)
RULES = {
    "P": lambda *_: True,
    "I": lambda *hkl: sum(hkl) % 2 == 0,
    "C": lambda h, k, _: (h + k) % 2 == 0,
    "F": lambda *hkl: len({index % 2 for index in hkl}) == 1,
    "R": lambda h, *kl: (sum(kl) - h) % 3 == 0,
}


def one_entry(symbol, hkl):
    lattice = LATTICES[symbol]
    return ReferenceIndices.fit(lattice, np.array([CELLS[lattice.system]]), [np.array(hkl)])


@pytest.mark.parametrize(
    ("symbol", "last", "sums"),
    [
        ("cP", (3, 1, 0), [1, 2, 3, 4, 5, 6, 8, 9, 10, 0]),
        ("cI", (2, 3, 1), [2, 4, 6, 8, 10, 12, 14, 0]),
        ("cF", (3, 3, 1), [3, 4, 8, 11, 12, 16, 19, 0]),
    ],
)
def test_cubic_lines_by_their_sums(symbol, last, sums):
    reference = one_entry(symbol, [last])
    assert (reference.hkl**2).sum(axis=1).tolist() == sums
    assert reference.label(last) == len(sums) - 2


def test_hexagonal_axes_of_rhombohedral_lattices_are_obverse():
    reference = one_entry("hR", [(1, 1, 0)])
    assert {(0, 1, 2), (1, 0, 1), (0, 0, 3), (1, 1, 0)} <= set(map(tuple, reference.hkl.tolist()))
    assert all((-h + k + l) % 3 == 0 for h, k, l in reference.hkl)  # noqa: E741
    assert reference.label((0, 1, -1)) == reference.label((1, 0, 1))
    assert reference.label((0, 1, 1)) == len(reference.hkl) - 1


def test_long_c_axes_on_hexagonal_axes_have_large_l():
    for symbol in ("hP", "hR"):
        reference = ReferenceIndices.fit(LATTICES[symbol], np.array([(4, 4, 90.0, 90, 90, 120)]), [[(0, 0, 60)]])
        assert reference.hkl[reference.label((0, 0, -60))].tolist() == [0, 0, 60]


def test_mc_is_body_centred():
    reference = one_entry("mC", [(3, 2, -1)])
    assert np.all(reference.hkl.sum(axis=1) % 2 == 0)
    assert reference.label((1, 0, 0)) == len(reference.hkl) - 1


@pytest.mark.parametrize("symbol", LATTICES)
def test_every_line_below_the_last_is_there_once_and_in_order(symbol):
    lattice = LATTICES[symbol]
    reference = one_entry(symbol, [(6, 0, 0), (0, 0, 6)])
    x = xnn_from_cells(CELLS[lattice.system])[list(lattice.columns)]
    design = hkl_design(lattice, reference.hkl[:-1])
    q2 = design @ x
    assert np.all(np.diff(q2) >= 0)
    assert len(np.unique(design, axis=0)) == len(design)
    every = np.array([hkl for hkl in product(range(-9, 10), repeat=3) if any(hkl) and RULES[lattice.centring](*hkl)])
    below = every[hkl_design(lattice, every) @ x < q2[-1] - 1e-9]
    expected = {tuple(row) for row in hkl_design(lattice, below)}
    assert expected <= {tuple(row) for row in design}
    labels = reference.label(below)
    assert np.array_equal(hkl_design(lattice, reference.hkl[labels]), hkl_design(lattice, below))


@pytest.mark.parametrize(
    ("symbol", "equivalent", "other"),
    [
        ("cP", [(1, 2, 3), (3, -1, 2), (-2, -3, -1)], (1, 2, 2)),
        ("cP", [(5, 1, 1), (3, 3, 3)], (5, 1, 0)),  # one sum, one line
        ("tP", [(1, 2, 3), (2, -1, -3)], (1, 3, 2)),
        ("hP", [(1, 1, 2), (1, -2, 2), (-2, 1, -2)], (2, 1, 1)),
        ("oP", [(1, 2, 3), (-1, 2, -3)], (2, 1, 3)),
        ("mP", [(1, 2, 3), (-1, 2, -3), (1, -2, 3)], (1, 2, -3)),
        ("aP", [(1, 2, 3), (-1, -2, -3)], (1, 2, -3)),
    ],
)
def test_equivalent_indices_share_a_label(symbol, equivalent, other):
    reference = one_entry(symbol, [*equivalent, other])
    labels = reference.label(np.array(equivalent))
    assert len(set(labels.tolist())) == 1
    assert labels[0] != reference.label(other)
    assert max(labels[0], reference.label(other)) < len(reference.hkl) - 1


def test_order_is_that_of_the_mean_over_the_cells():
    lattice = LATTICES["oP"]
    cells = np.array([(5.0, 7.0, 9.0, 90, 90, 90), (20.0, 4.0, 6.0, 90, 90, 90)])
    reference = ReferenceIndices.fit(lattice, cells, [[(3, 1, 1)], [(0, 2, 1)]])
    mean = (hkl_design(lattice, reference.hkl[:-1]) @ xnn_from_cells(cells)[:, :3].T).mean(axis=1)
    assert np.all(np.diff(mean) >= 0)


def test_shortest_list_that_holds_99_per_cent_of_the_entries():
    lattice = LATTICES["cP"]
    cells = np.tile(CELLS["cubic"], (200, 1))
    short, long, longest = [(1, 0, 0), (2, 1, 0)], [(1, 0, 0), (2, 2, 1)], [(6, 0, 0)]
    # 198 of 200 entries need the lines to (2 2 1), the 8th; one of them alone does so
    reference = ReferenceIndices.fit(lattice, cells, [short] * 197 + [long] + [longest] * 2)
    assert len(reference.hkl) == 8 + 1
    assert reference.hkl[-1].tolist() == [0, 0, 0]
    shorter = ReferenceIndices.fit(lattice, cells, [short] * 198 + [longest] * 2)
    assert len(shorter.hkl) == 5 + 1


def test_what_is_not_in_the_list_has_the_last_label():
    reference = one_entry("oC", [(2, 0, 0), (0, 0, 0)])
    last = len(reference.hkl) - 1
    assert reference.label([[(9, 1, 0), (41, 1, 0)], [(-300, 0, 0), (0, 0, 0)]]).tolist() == [
        [last, last],
        [last, last],
    ]


def test_bad_input():
    lattice = LATTICES["cP"]
    with pytest.raises(InputError, match="cP: 0 cells and 0 lists"):
        ReferenceIndices.fit(lattice, np.empty((0, 6)), [])
    with pytest.raises(InputError, match="beyond .40, 40, 40."):
        ReferenceIndices.fit(lattice, np.array([CELLS["cubic"]]), [[(41, 0, 0)]])
