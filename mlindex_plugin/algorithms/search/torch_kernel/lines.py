"""Every line of many cells below their limits, as `lattice.lines` finds them for one cell.

Ragged lists: nothing is missed and nothing padded. Expressions are those of the compiled enumerators, term by term, and
lines come in the same order, so positions agree but for rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch

from mlindex_plugin.algorithms.lattice import CUBIC, MONOCLINIC, ORTHORHOMBIC, TRICLINIC, LatticeTable
from mlindex_plugin.algorithms.lattice.lines import MAX_INDEX, I, R
from mlindex_plugin.algorithms.search.torch_kernel.forms import Monoclinic, Orthorhombic, Triclinic
from mlindex_plugin.algorithms.search.torch_kernel.ragged import expand, pick, sums_by

# Pairs h k of one descent, and of each cell on average; more are done in parts, so that memory is bounded.
_MOST_ROWS = 1 << 20
_ROWS_EACH = 128
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
    entry : torch.Tensor of int64, shape (n_lines,)
        Where h and k of the line are.
    h, k : torch.Tensor of int64, shape (n_entries,)
    l : torch.Tensor of int64, shape (n_lines,)
    count : torch.Tensor of int64, shape (n_cells,)
        Lines of each cell.
    physical : torch.Tensor of bool, shape (n_cells,)
        False where the cell is not physical or has too many lines, some of which may be listed all the same.
    """

    owner: torch.Tensor
    q2: torch.Tensor
    entry: torch.Tensor
    h: torch.Tensor
    k: torch.Tensor
    l: torch.Tensor  # noqa: E741
    count: torch.Tensor
    physical: torch.Tensor

    def hkl(self, line: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Miller indices of lines by number; zeros where there are no lines at all."""
        if not len(self.q2):
            return (torch.zeros_like(line),) * 3
        entry = self.entry[line]
        return self.h[entry], self.k[entry], self.l[line]


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
    square, h, k, l = sums.unbind(1)  # noqa: E741
    q2 = pick(square, row) * pick(x0, owner)
    return _below(Lines(owner, q2, row, h, k, pick(l, row), count, physical), limit, most)


def _uniaxial(centring, sums, x, limit, most, physical) -> Lines:
    x0, x1 = torch.where(physical[:, None], x, torch.inf).unbind(1)
    l_max = (limit / x1).sqrt().floor()
    physical = physical & (l_max <= MAX_INDEX) & ~(sums[-1, 0] * x0 < limit)
    l_count = torch.where(physical, l_max + 1, 0).long()
    cell, l = expand(torch.zeros_like(l_count), l_count)  # noqa: E741
    base = l * l * x1[cell]
    largest = (limit[cell] - base) / x0[cell] * (1 + _SLACK)
    count, first = torch.zeros_like(l), torch.zeros_like(l)
    classes, n_rows = [], 0
    for with_l, of_sums in _classes(centring, l, sums[:, 0]):
        classes.append(sums[of_sums])
        below = torch.searchsorted(classes[-1][:, 0].double(), largest, right=True)
        count, first = torch.where(with_l, below, count), torch.where(with_l, n_rows, first)
        n_rows += len(classes[-1])
    origin = (l == 0).long()  # 0 0 0 is the first of its class
    count = count - origin
    physical = physical & (sums_by(cell, (count - 1).clamp(min=0), len(x)) <= most)
    entry, row = expand(first + origin, torch.where(physical[cell], count, 0).clamp(min=0))
    square, h, k, _ = torch.cat(classes).unbind(1)
    owner = pick(cell, entry)
    q2 = pick(base, entry) + pick(square, row) * pick(x0, owner)
    return _below(Lines(owner, q2, row, h, k, pick(l, entry), l_count, physical), limit, most)


def _classes(centring, l, squares):  # noqa: E741
    """Which l go with which sums of squares."""
    if centring == I:
        return [(l % 2 == parity, squares % 2 == parity) for parity in (0, 1)]
    if centring == R:
        return [(l % 3 == 0, squares % 3 == 0), (l % 3 != 0, squares % 3 != 0)]
    return [(l >= 0, squares >= 0)]


def _below(lines: Lines, limit, most) -> Lines:
    """Without the lines that only the slack has let through."""
    below = lines.q2 < pick(limit, lines.owner)
    if not bool(below.all()):
        lines.owner, lines.q2, lines.entry, lines.l = (
            value[below] for value in (lines.owner, lines.q2, lines.entry, lines.l)
        )
    lines.count = sums_by(lines.owner, torch.ones_like(lines.owner), len(limit))
    lines.physical = lines.physical & (lines.count <= most)
    return lines


def _of_three_axes(table, x, limit, most, physical) -> Lines:
    """Descend the ellipsoids axis by axis: h of each cell, k of each h, l of each h and k.

    A line at the limit may slip in by rounding. It lies behind the last peak, where it does no harm.
    """
    form = _FORMS[table.family](table.centring, x, limit)
    physical = physical & form.bounded()
    h_count = torch.where(physical, form.h_max() + 1, 0).long()
    cell, h = expand(torch.zeros_like(h_count), h_count)
    k_first, k_last = form.k_range(cell, h)
    k_count = (k_last - k_first + 1).clamp(min=0)
    if len(x) > 1 and int(k_count.sum()) > max(_MOST_ROWS, _ROWS_EACH * len(x)):
        middle = len(x) // 2
        halves = slice(None, middle), slice(middle, None)
        return _joined(*(_of_three_axes(table, x[a], limit[a], most, physical[a]) for a in halves), middle)
    entry, k = expand(k_first, k_count)
    cell, h = pick(cell, entry), pick(h, entry)
    base, slope, xll, l_first, l_last = form.row(cell, h, k)
    l_count = torch.div(l_last - l_first, form.step, rounding_mode="floor").clamp(min=-1) + 1
    physical = physical & (sums_by(cell, l_count, len(x)) <= most)
    l_count = torch.where(pick(physical, cell), l_count, 0)
    entry, l = expand(l_first, l_count, form.step)  # noqa: E741
    q2 = pick(base, entry) + l * (l * pick(xll, entry) + pick(slope, entry))
    return Lines(pick(cell, entry), q2, entry, h, k, l, sums_by(cell, l_count, len(x)), physical)


def _joined(one: Lines, other: Lines, n_cells: int) -> Lines:
    """Lines of the first `n_cells` cells and of the others."""
    other.owner = other.owner + n_cells
    other.entry = other.entry + len(one.h)
    return Lines(*(torch.cat([getattr(one, field.name), getattr(other, field.name)]) for field in fields(Lines)))
