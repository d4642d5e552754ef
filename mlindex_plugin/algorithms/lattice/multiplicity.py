"""How many reciprocal lattice vectors one line stands for, in compiled functions."""

from __future__ import annotations

from numba import njit

from mlindex_plugin.algorithms.lattice.lines import CUBIC, MONOCLINIC, ORTHORHOMBIC, TRICLINIC, R, unpack


@njit(cache=True)
def multiplicity(family, hexagonal, centring, code):
    """Multiplicity of a reflection in the holohedry of its lattice (International Tables A, table 10.1.2.2).

    Parameters
    ----------
    family, hexagonal, centring
        As in `LatticeTable.codes`.
    code : int
        Packed Miller indices, the representative that `find_lines` gives: h >= k >= l >= 0 of cubic lattices,
        h >= k >= 0 and l >= 0 of tetragonal and hexagonal ones.
    """
    h, k, l = unpack(code)  # noqa: E741
    n_zero = (h == 0) + (k == 0) + (l == 0)
    if family == TRICLINIC:
        return 2
    if family == MONOCLINIC:
        return 2 if k == 0 or (h == 0 and l == 0) else 4
    if family == ORTHORHOMBIC:
        return 8 >> n_zero
    if family == CUBIC:
        orders = 1 if h == k and k == l else 3 if h == k or k == l else 6
        return orders * (8 >> n_zero)
    orders = 1 if h == 0 else 4 if k == 0 or h == k else 8
    if hexagonal:
        orders = 1 if h == 0 else 6 if k == 0 or h == k else 12
        if centring == R and (h - k) % 3 != 0:
            orders //= 2  # hkl and khl are not both reflections
    return orders if l == 0 else 2 * orders
