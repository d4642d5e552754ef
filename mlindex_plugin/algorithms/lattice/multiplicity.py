"""How many reciprocal lattice vectors one line stands for, in compiled functions."""

from __future__ import annotations

from math import sqrt

from numba import njit

from mlindex_plugin.algorithms.lattice.lines import CUBIC, MONOCLINIC, ORTHORHOMBIC, TRICLINIC, R, unpack


@njit(cache=True)
def multiplicity(family, hexagonal, centring, code):
    """Number of reciprocal lattice vectors that have the length of a line by the symmetry of the lattice.

    That is the multiplicity of its reflection in the holohedry (International Tables A, table 10.1.2.2), or the sum of
    several which have the same h² + k² + l² (cubic), h² + k² or h² + hk + k², such as 333 and 511.

    Parameters
    ----------
    family, hexagonal, centring
        As in `LatticeTable.codes`.
    code : int
        Packed Miller indices, as `find_lines` gives them.
    """
    h, k, l = unpack(code)  # noqa: E741
    if family == TRICLINIC:
        return 2
    if family == MONOCLINIC:
        return 2 if k == 0 or (h == 0 and l == 0) else 4
    if family == ORTHORHOMBIC:
        return 8 >> ((h == 0) + (k == 0) + (l == 0))
    if family == CUBIC:
        total = h * h + k * k + l * l
        largest = int(sqrt(total))
        count = 0
        for other in range(-largest, largest + 1):
            count += _in_the_plane(total - other * other, False)
        return count
    total = h * h + k * k + (h * k if hexagonal else 0)
    count = _in_the_plane(total, hexagonal)
    if centring == R and total % 3 != 0:
        count //= 2  # hkl and khl are not both reflections
    return count if l == 0 else 2 * count


@njit(cache=True)
def _in_the_plane(total, hexagonal):
    """Pairs of integers h, k with h² + k², or h² + hk + k², of a total."""
    count = 0
    for h in range(-int(sqrt(4 * total / 3)), int(sqrt(4 * total / 3)) + 1):
        square = 4 * total - 3 * h * h if hexagonal else total - h * h  # of 2k + h, or of k
        if square < 0:
            continue
        root = int(sqrt(square) + 0.5)
        if root * root == square:
            count += 2 if root > 0 else 1
    return count
