"""Which Miller indices the lattices with three axes need below a limit, for many cells at once.

Expressions are those of the compiled enumerators of `lattice.lines`, term by term.
"""

from __future__ import annotations

import torch

from mlindex_plugin.algorithms.lattice.lines import MAX_INDEX, C, F, I
from mlindex_plugin.algorithms.search.torch_kernel.ragged import pick


class _Form:
    """One family of lattices with three axes; methods take the number of the cell of each entry."""

    def __init__(self, centring, x, limit):
        self.centring, self.x, self.limit = centring, x.unbind(1), limit
        self.step = 1

    def _within(self, value):
        return self.limit / value <= MAX_INDEX**2


class Orthorhombic(_Form):
    def __init__(self, centring, x, limit):
        super().__init__(centring, x, limit)
        self.step = 2 if centring in (I, F) else 1

    def bounded(self):
        xhh, xkk, xll = self.x
        return ((self.limit / xhh).sqrt().floor() <= MAX_INDEX) & self._within(xkk) & self._within(xll)

    def h_max(self):
        return (self.limit / self.x[0]).sqrt().floor()

    def k_range(self, cell, h):
        rest = (pick(self.limit, cell) - h * h * pick(self.x[0], cell)).clamp(min=0.0)
        return torch.zeros_like(h), (rest / pick(self.x[1], cell)).sqrt().floor().long()

    def row(self, cell, h, k):
        xhh, xkk, xll = (pick(value, cell) for value in self.x)
        rest = pick(self.limit, cell) - h * h * xhh
        last = ((rest - k * k * xkk).clamp(min=0.0) / xll).sqrt().floor().long()
        first = torch.zeros_like(h)
        if self.centring == I:
            first = (h + k) % 2
        elif self.centring == F:
            first = h % 2
        first = torch.where((h == 0) & (k == 0) & (first == 0), self.step, first)
        if self.centring in (C, F):
            last = torch.where((h + k) % 2 != 0, -1, last)
        base = h * h * xhh + k * k * xkk
        return base, torch.zeros_like(base), xll, first, last


class Monoclinic(_Form):
    def __init__(self, centring, x, limit):
        super().__init__(centring, x, limit)
        self.step = 2 if centring == I else 1
        xhh, _, xll, xhl = self.x
        self.lowest = xhh - xhl * xhl / (4 * xll)  # of h2, over all real l

    def bounded(self):
        _, xkk, xll, _ = self.x
        return (self.lowest > 0) & self._within(self.lowest) & self._within(xkk) & self._within(xll)

    def h_max(self):
        return (self.limit / self.lowest).sqrt().floor()

    def k_range(self, cell, h):
        rest = pick(self.limit, cell) - pick(self.lowest, cell) * h * h
        last = (rest.clamp(min=0.0) / pick(self.x[1], cell)).sqrt().floor().long()
        return torch.zeros_like(h), torch.where(rest < 0, -1, last)

    def row(self, cell, h, k):
        xhh, xkk, xll, xhl = (pick(value, cell) for value in self.x)
        rest = pick(self.limit, cell) - pick(self.lowest, cell) * h * h
        centre = -(xhl / (2 * xll)) * h
        half = ((rest - k * k * xkk).clamp(min=0.0) / xll).sqrt()
        first = torch.where(h == 0, 0, (centre - half).ceil().long())
        if self.centring == I:
            first = first + (first + h + k) % 2
        first = torch.where((h == 0) & (k == 0) & (first == 0), self.step, first)
        return h * h * xhh + k * k * xkk, h * xhl, xll, first, (centre + half).floor().long()


class Triclinic(_Form):
    def __init__(self, centring, x, limit):
        super().__init__(centring, x, limit)
        xhh, xkk, xll, xhk, xhl, xkl = self.x
        # Schur complements: the form minimised over l, then over k
        self.a = xhh - xhl * xhl / (4 * xll)
        self.b = xhk - xhl * xkl / (2 * xll)
        self.c = xkk - xkl * xkl / (4 * xll)
        self.lowest = self.a - self.b * self.b / (4 * self.c)

    def bounded(self):
        within = self._within(self.lowest) & self._within(self.c) & self._within(self.x[2])
        return (self.c > 0) & (self.lowest > 0) & within

    def h_max(self):
        return (self.limit / self.lowest).sqrt().floor()

    def k_range(self, cell, h):
        b, c = pick(self.b, cell), pick(self.c, cell)
        centre = -b * h / (2 * c)
        half = ((pick(self.limit, cell) - pick(self.lowest, cell) * h * h).clamp(min=0.0) / c).sqrt()
        first = torch.where(h == 0, 0, (centre - half).ceil().long())
        return first, (centre + half).floor().long()

    def row(self, cell, h, k):
        xhh, xkk, xll, xhk, xhl, xkl = (pick(value, cell) for value in self.x)
        rest = pick(self.limit, cell) - (
            pick(self.a, cell) * h * h + pick(self.b, cell) * h * k + pick(self.c, cell) * k * k
        )
        slope = xhl * h + xkl * k
        centre = -slope / (2 * xll)
        half = (rest.clamp(min=0.0) / xll).sqrt()
        first = torch.where((h == 0) & (k == 0), 1, (centre - half).ceil().long())
        last = torch.where(rest < 0, first - 1, (centre + half).floor().long())
        return h * h * xhh + h * k * xhk + k * k * xkk, slope, xll, first, last
