"""Every line of many cells below their limits, as `lattice.lines` finds them for one cell.

Ragged lists: nothing is missed and nothing padded. Expressions are those of the compiled enumerators, term by term, and
lines come in the same order, so positions agree to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from mlindex_plugin.algorithms.lattice import CUBIC, MONOCLINIC, ORTHORHOMBIC, TRICLINIC, LatticeTable
from mlindex_plugin.algorithms.lattice.lines import MAX_INDEX, I, R
from mlindex_plugin.algorithms.search.torch_kernel.forms import Monoclinic, Orthorhombic, Triclinic
from mlindex_plugin.algorithms.search.torch_kernel.ragged import expand

_MOST_ROWS = 1 << 22  # of one descent; more are done in parts
_FORMS = {ORTHORHOMBIC: Orthorhombic, MONOCLINIC: Monoclinic, TRICLINIC: Triclinic}
_SLACK = 1e-12  # relative; what it lets through is compared with the limit itself


@dataclass
class Lines:
    """Lines of many cells, those of one cell after the other.

    Attributes
    ----------
    owner : torch.Tensor of int64, shape (n_lines,)
        Number of the cell, ascending.
    q2 : torch.Tensor, shape (n_lines,)
        1/Å².
    hkl : tuple of torch.Tensor of int64, each of shape (n_lines,)
    count : torch.Tensor of int64, shape (n_cells,)
        Lines of each cell.
    physical : torch.Tensor of bool, shape (n_cells,)
        False where the cell is not physical or has too many lines, some of which are then listed all the same.
    """

    owner: torch.Tensor
    q2: torch.Tensor
    hkl: tuple[torch.Tensor, torch.Tensor, torch.Tensor]
    count: torch.Tensor
    physical: torch.Tensor


def find_lines(table: LatticeTable, sums: torch.Tensor, x: torch.Tensor, limit: torch.Tensor, most: int) -> Lines:
    """Every line of many cells.

    Parameters
    ----------
    table : LatticeTable
    sums : torch.Tensor of int64, shape (m, 4)
        ``table.reps``, on the device.
    x : torch.Tensor, shape (n, n_free)
        Free xnn, 1/Å².
    limit : torch.Tensor, shape (n,)
        Lines at or above it are left out, 1/Å².
    most : int
        A cell with more lines than this is given up.

    Returns
    -------
    Lines
    """
    physical = (x[:, :3] > 0).all(1)
    if table.family in _FORMS:
        return _of_three_axes(table, x, limit, most, physical)
    if table.family == CUBIC:
        return _cubic(sums, x, limit, most, physical)
    return _uniaxial(table.centring, sums, x, limit, most, physical)


def _cubic(sums, x, limit, most, physical) -> Lines:
    x0 = torch.where(physical, x[:, 0], torch.inf)
    physical = physical & ~(sums[-1, 0] * x0 < limit)
    count = torch.searchsorted(sums[:, 0].double(), limit / x0 * (1 + _SLACK), right=True)
    physical = physical & (count <= most + 1)
    owner, row = expand(torch.zeros_like(count), torch.where(physical, count, 0))
    return _below(owner, sums[row, 0] * x0[owner], tuple(sums[row, 1:].unbind(1)), limit, most, physical)


def _uniaxial(centring, sums, x, limit, most, physical) -> Lines:
    x0, x1 = torch.where(physical[:, None], x, torch.inf).unbind(1)
    l_max = (limit / x1).sqrt().floor()
    physical = physical & (l_max <= MAX_INDEX) & ~(sums[-1, 0] * x0 < limit)
    l_count = torch.where(physical, l_max + 1, 0).long()
    cell, l = expand(torch.zeros_like(l_count), l_count)  # noqa: E741
    base = l * l * x1[cell]
    largest = (limit[cell] - base) / x0[cell] * (1 + _SLACK)
    count, rows = torch.zeros_like(l), torch.zeros_like(l)
    classes, n_rows = [], 0
    for with_l, of_sums in _classes(centring, l, sums[:, 0]):
        classes.append(sums[of_sums])
        below = torch.searchsorted(classes[-1][:, 0].double(), largest, right=True)
        count, rows = torch.where(with_l, below, count), torch.where(with_l, n_rows, rows)
        n_rows += len(classes[-1])
    origin = (l == 0).long()  # 0 0 0 is the first of its class
    count = count - origin
    physical = physical & (sums_by(cell, (count - 1).clamp(min=0), len(x)) <= most)
    entry, row = expand(rows + origin, torch.where(physical[cell], count, 0).clamp(min=0))
    square, h, k, _ = torch.cat(classes)[row].unbind(1)
    owner = cell[entry]
    return _below(owner, base[entry] + square * x0[owner], (h, k, l[entry]), limit, most, physical)


def _classes(centring, l, squares):  # noqa: E741
    """Which l go with which sums of squares."""
    if centring == I:
        return [(l % 2 == parity, squares % 2 == parity) for parity in (0, 1)]
    if centring == R:
        return [(l % 3 == 0, squares % 3 == 0), (l % 3 != 0, squares % 3 != 0)]
    return [(l >= 0, squares >= 0)]


def _of_three_axes(table, x, limit, most, physical) -> Lines:
    """Descend the ellipsoids axis by axis: h of each cell, k of each h, l of each h and k."""
    form = _FORMS[table.family](table.centring, x, limit)
    physical = physical & form.bounded()
    h_count = torch.where(physical, form.h_max() + 1, 0).long()
    cell, h = expand(torch.zeros_like(h_count), h_count)
    k_first, k_last = form.k_range(cell, h)
    k_count = (k_last - k_first + 1).clamp(min=0)
    if len(x) > 1 and int(k_count.sum()) > _MOST_ROWS:
        middle = len(x) // 2
        halves = slice(None, middle), slice(middle, None)
        return _joined(*(_of_three_axes(table, x[a], limit[a], most, physical[a]) for a in halves), middle)
    entry, k = expand(k_first, k_count)
    cell, h = cell[entry], h[entry]
    base, slope, xll, l_first, l_last = form.row(cell, h, k)
    l_count = torch.div(l_last - l_first, form.step, rounding_mode="floor").clamp(min=-1) + 1
    # a row loses at most its two ends by rounding: what has too many lines even so need not be listed
    many = sums_by(cell, (l_count - 2).clamp(min=0), len(x)) > most
    if form.rows_bounded:
        many |= sums_by(cell, (l_last - l_first >= most).long(), len(x)) > 0
    physical = physical & ~many
    entry, number = expand(torch.zeros_like(l_count), torch.where(physical[cell], l_count, 0))
    l = l_first[entry] + form.step * number  # noqa: E741
    q2 = form.position(base[entry], slope[entry], xll[entry], l)
    return _below(cell[entry], q2, (h[entry], k[entry], l), limit, most, physical)


def _below(owner, q2, hkl, limit, most, physical) -> Lines:
    """The lines below the limit; a cell with too many of them is no longer called physical."""
    kept = (q2 < limit[owner]).nonzero().squeeze(1)
    owner = owner[kept]
    counts = torch.bincount(owner, minlength=len(limit))
    return Lines(owner, q2[kept], tuple(index[kept] for index in hkl), counts, physical & (counts <= most))


def sums_by(owner: torch.Tensor, value: torch.Tensor, n: int) -> torch.Tensor:
    """Sum of the values of each of n owners."""
    return torch.zeros(n, dtype=value.dtype, device=value.device).index_add_(0, owner, value)


def _joined(one: Lines, other: Lines, n_cells: int) -> Lines:
    """Lines of the first `n_cells` cells and of the others."""
    return Lines(
        torch.cat([one.owner, other.owner + n_cells]),
        torch.cat([one.q2, other.q2]),
        tuple(torch.cat(pair) for pair in zip(one.hkl, other.hkl, strict=True)),
        torch.cat([one.count, other.count]),
        torch.cat([one.physical, other.physical]),
    )
