"""Geometric ambiguities: different lattices that have every powder line in common.

The lines of a lattice are the values of a quadratic form at integers. Two families of pairs keep one axial ratio free:

    hexagonal      p (h² + hk + k²) + c l²              and  p (h² + 3 k²) + c l²
    rhombohedral   p (h² + hk + k² + hl) + c l²         and  p (h² + 3 k² + 2 kl) + c l²

All others are single forms, up to a scale; ``ambiguities.csv`` lists those that a search of all integer forms up to
a discriminant found (``tools/find_ambiguities.py``). Kaplansky conjectured that there are no more families
(Oishi-Tomiyasu 2018, arXiv:1703.08854). Ambiguities of cubic, hexagonal and rhombohedral lattices: Mighell & Santoro
1975, J. Appl. Cryst. 8, 372; Mighell 2000, Powder Diffr. 15, 82; 2004, J. Res. NIST 109, 569.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from functools import cache
from importlib import resources

import numpy as np

from mlindex_plugin.algorithms.lattice.bravais import (
    direct_metric_from_cells,
    reciprocal_metric,
)
from mlindex_plugin.algorithms.lattice.closeness import primitive_metrics, reduced_parameters

TOLERANCE = 0.01  # relative, of q2: how far a lattice may be from one of the table or of a family
_SHORT = np.array([v for v in np.ndindex(3, 3, 3) if v > (1, 1, 1)]) - 1
_N_COMPARED = 7  # shortest vectors up to sign: those that bound the Brillouin zone determine the lattice
_LARGEST = 6  # coefficient of a vector of the monoclinic plane


def same_line_cells(symmetries: list[tuple[str, np.ndarray]]) -> list[tuple[str, np.ndarray]]:
    """Other lattices that have the same lines as a given one, or nearly so where the given one is nearly special.

    Parameters
    ----------
    symmetries : list of (str, numpy.ndarray of shape (n_free,))
        One lattice, as one or more of the Bravais lattices that it nearly has the symmetry of; free xnn, 1/Å².

    Returns
    -------
    list of (str, numpy.ndarray of shape (n_free,))
        Bravais lattices and free xnn in their search settings, 1/Å².
    """
    found = _of_the_table(*symmetries[0])
    for symbol, x in symmetries:
        found += _of_a_family(symbol, x)
    different = {(symbol, *np.round(x / x.max(), 3)): (symbol, x) for symbol, x in found}
    return list(different.values())


def _of_the_table(symbol: str, x: np.ndarray) -> list[tuple[str, np.ndarray]]:
    metric = np.linalg.inv(primitive_metrics(symbol, np.asarray(x)[None])[0])
    cell = reduced_parameters(metric[None])[0]
    if not np.all(np.isfinite(cell)):  # no cell
        return []
    short = _shortest(direct_metric_from_cells(cell)[None])[0]
    groups, determinants, forms, cells = _table()
    scales = np.cbrt(np.linalg.det(metric) / determinants)
    near = np.all(np.abs(scales[:, None] * forms / short - 1) < TOLERANCE, axis=1)
    return [
        (cells[j][0], scales[i] * cells[j][1])
        for i in np.flatnonzero(near)
        for j in np.flatnonzero(groups == groups[i])
        if j != i
    ]


def _of_a_family(symbol: str, x: np.ndarray) -> list[tuple[str, np.ndarray]]:
    if symbol == "hP":
        return [("oP", np.array([x[0], 3 * x[0], x[1]]))]
    if symbol == "oP":
        return [
            ("hP", np.array([(x[i] + x[j] / 3) / 2, x[3 - i - j]]))
            for i in range(3)
            for j in range(3)
            if i != j and abs(x[j] / x[i] - 3) < 3 * TOLERANCE
        ]
    if symbol == "hR":
        # on hexagonal axes the vectors of the form are (1 1 0), (-1 2 0) and (1 0 1)
        p, c = 3 * x[0], x[0] + x[1]
        return [("mP", np.array([3 * p, p, c, 2 * p]))]
    if symbol == "mP":
        return _rhombohedral(x)
    return []


def _rhombohedral(x: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """hR of a primitive monoclinic lattice whose plane has a basis y, z with y² = 3 b*² and y·z = ± y²/3."""
    hh, p, ll, hl = x
    metric = np.array([[hh, hl / 2], [hl / 2, ll]])
    found = []
    for y, z in _PLANE_BASES:
        square = y @ metric @ y
        if abs(square / p - 3) > 3 * TOLERANCE:
            continue
        dot = y @ metric @ z / square
        for third in (1 / 3, -1 / 3):
            shift = np.rint(dot - third)
            if abs(dot - shift - third) < TOLERANCE:
                last = z - shift * y
                p_mean = (p + square / 3) / 2
                x = np.array([p_mean / 3, last @ metric @ last - p_mean / 3])
                if x[1] > 0:
                    found.append(("hR", x))
    return found


def _plane_bases() -> list[tuple[np.ndarray, np.ndarray]]:
    """Each short vector (u, w) of a plane lattice, up to sign, with one that makes it a basis."""
    axis = range(-_LARGEST, _LARGEST + 1)
    bases = []
    for u in range(_LARGEST + 1):
        for w in axis if u else (1,):
            second = [(r, t) for r in axis for t in axis if u * t - w * r == 1]
            if second:
                bases.append((np.array([u, w]), np.array(second[0])))
    return bases


_PLANE_BASES = _plane_bases()


def _shortest(metrics: np.ndarray) -> np.ndarray:
    """Squares of the shortest vectors of reduced bases, ascending, shape (n, 7)."""
    return np.sort(np.einsum("vi,nij,vj->nv", _SHORT, metrics, _SHORT), axis=1)[:, :_N_COMPARED]


@cache
def _table() -> tuple[np.ndarray, np.ndarray, np.ndarray, list[tuple[str, np.ndarray]]]:
    """Group, determinant, squares of the shortest vectors, and lattice with free xnn, of each form of the table."""
    text = resources.files("mlindex_plugin.algorithms.lattice").joinpath("ambiguities.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    metrics = reciprocal_metric([[float(row[name]) for name in ("hh", "kk", "ll", "hk", "hl", "kl")] for row in rows])
    cells = [(row["lattice"], np.array([float(Fraction(v)) for v in row["x"].split()])) for row in rows]
    return np.array([int(row["group"]) for row in rows]), np.linalg.det(metrics), _shortest(metrics), cells
