"""Find the lattices that share every powder line with another one, and write them as a table.

    python tools/find_ambiguities.py mlindex_plugin/algorithms/lattice/ambiguities.csv

The q2 of a lattice are, up to a scale, the values of a positive quadratic form a h² + b k² + c l² + d hk + e hl + f kl.
All primitive forms with integer coefficients are made up to a discriminant, one of each class, and grouped by the
integers that they represent. Pairs that belong to the two families with free axial ratio (hexagonal and rhombohedral,
see lattice/ambiguities.py) are put aside; groups that these do not hold together are the table.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from fractions import Fraction
from math import gcd

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, higher_symmetry, niggli_cell, xnn_from_cells
from mlindex_plugin.whole_files import write_text

DISCRIMINANT = 5000  # 4 times the determinant of the matrix whose off-diagonal elements are d/2, e/2, f/2
LIMITS = (60, 300, 1500, 6000)  # up to which the represented integers are compared, one after the other
_CLASS_LIMITS = (60, 400, DISCRIMINANT // 2)  # up to which numbers of representations tell classes apart
_SCALE = 0.01  # 1/Å², of the integer 1, for cctbx


@njit
def _gcd(a, b):
    while b:
        a, b = b, a % b
    return abs(a)


@njit
def reduced_forms(most):
    """Primitive Minkowski-reduced forms (hh, kk, ll, hk, hl, kl) up to a discriminant; classes may come twice."""
    found = []
    a = 1
    while 2 * a**3 <= most:
        b = a
        while 2 * a * b * b <= most:
            for c in range(b, most // (2 * a * b) + 1):
                for d in range(a + 1):
                    for e in range(a + 1):
                        for f in range(-b if d * e else 0, b + 1):
                            if a + b - d - e + f < 0:
                                continue
                            size = 4 * a * b * c + d * e * f - a * f * f - b * e * e - c * d * d
                            if 0 < size <= most and _gcd(_gcd(_gcd(a, b), _gcd(c, d)), _gcd(e, f)) == 1:
                                found.append((a, b, c, d, e, f))
            b += 1
        a += 1
    return found


@njit
def representations(form, limit):
    """How often a form gives each of the integers 0 ... limit, Friedel pairs counted twice; int, (limit + 1,)."""
    a, b, c, d, e, f = form
    out = np.zeros(limit + 1, np.int32)
    inverse = np.linalg.inv(np.array([[a, d / 2, e / 2], [d / 2, b, f / 2], [e / 2, f / 2, c]]))
    for h in range(int(np.sqrt(limit * inverse[0, 0]) + 1e-9) + 1):
        k_max = int(np.sqrt(limit * inverse[1, 1]) + 1e-9)
        for k in range(-k_max, k_max + 1):
            slope = e * h + f * k
            base = a * h * h + b * k * k + d * h * k
            root = slope * slope - 4 * c * (base - limit)
            if root < 0:
                continue
            first, last = (-slope - np.sqrt(root)) / (2 * c), (-slope + np.sqrt(root)) / (2 * c)
            for l in range(int(np.floor(first)), int(np.ceil(last)) + 1):  # noqa: E741
                value = base + l * (slope + c * l)
                if value <= limit:
                    out[value] += 1 + (h > 0)
    return out


def split(forms, key):
    """Lists of forms of one key each."""
    groups = defaultdict(list)
    for form in forms:
        groups[key(form)].append(form)
    return list(groups.values())


def split_all(groups, key):
    """`split` of each of several groups."""
    return [part for group in groups for part in split(group, key)]


def classes(most):
    """One form of each class, by the numbers of representations (they determine it: Schiemann 1997)."""
    groups = [reduced_forms(most)]
    for limit in _CLASS_LIMITS:
        groups = split_all(groups, lambda form, limit=limit: representations(form, limit).tobytes())
    return [min(group) for group in groups]


def same_lines(forms):
    """Groups of two or more forms that represent the same integers up to the last of LIMITS."""
    groups = [forms]
    for limit in LIMITS:
        parts = split_all(groups, lambda form, limit=limit: (representations(form, limit) > 0).tobytes())
        groups = [part for part in parts if len(part) > 1]
    return groups


def family_pairs(most):
    """Pairs of forms of the hexagonal and the rhombohedral family, the second up to a discriminant."""
    for p in range(1, most):
        for c in range(1, most // (12 * p * p) + p + 1):
            if gcd(p, c) == 1:
                for first, second in (
                    ((p, p, c, p, 0, 0), (p, 3 * p, c, 0, 0, 0)),
                    ((p, p, c, p, p, 0), (p, 3 * p, c, 0, 0, 2 * p)),
                ):
                    if 0 < 12 * p * p * c - 4 * p**3 * (second[5] > 0) <= most:
                        yield first, second


def isolated(groups, most):
    """The groups that the two families alone do not hold together."""

    def key(form):
        return representations(form, _CLASS_LIMITS[-1]).tobytes()

    place = {key(form): (g, i) for g, group in enumerate(groups) for i, form in enumerate(group)}
    part = [list(range(len(group))) for group in groups]
    for first, second in family_pairs(most):
        one, other = place.get(key(first)), place.get(key(second))
        if one is None or other is None or one[0] != other[0]:
            raise AssertionError(f"{first} and {second} should represent the same integers")
        label = part[one[0]]
        old, new = label[other[1]], label[one[1]]
        label[:] = [new if value == old else value for value in label]
    return [group for group, label in zip(groups, part, strict=True) if len(set(label)) > 1]


def lattice_of(form):
    """Bravais lattice of a form of a reciprocal lattice, and its free xnn in the search setting, as fractions."""
    cell = niggli_cell(LATTICES["aP"], cells_from_xnn(_SCALE * np.array(form, float)))
    found = [("aP", xnn_from_cells(np.array(cell))), *higher_symmetry(LATTICES["aP"], cell, 1e-4)]
    symbol, x = min(found, key=lambda pair: (LATTICES[pair[0]].n_free, list(LATTICES).index(pair[0])))
    return symbol, [Fraction(value / _SCALE).limit_denominator(36) for value in x]


def main(path: str, most: int = DISCRIMINANT) -> None:
    forms = classes(most)
    groups = same_lines(forms)
    table = isolated(groups, most)
    print(f"{len(forms)} classes, {len(groups)} groups, {len(table)} beyond the two families")
    lines = ["group,hh,kk,ll,hk,hl,kl,lattice,x"]
    for number, group in enumerate(table, 1):
        for form in sorted(group):
            symbol, x = lattice_of(form)
            lines.append(",".join(map(str, (number, *form, symbol, " ".join(map(str, x))))))
    write_text(path, "\n".join(lines) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", help="CSV file to write")
    main(parser.parse_args().table)
