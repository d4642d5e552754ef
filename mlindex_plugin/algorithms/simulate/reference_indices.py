"""Reference Miller indices of a Bravais lattice: the labels that models learn (Moreau 2024, section 2.1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from mlindex_plugin.algorithms.lattice import BravaisLattice, free_xnn, hkl_design
from mlindex_plugin.errors import InputError

LARGEST_INDEX = 40
# of l on hexagonal axes: c of rhombohedral and layered crystals is three layers long and more
LARGEST_L_HEXAGONAL = 3 * LARGEST_INDEX
SHARE_INSIDE = 0.99
_NO_CLASS = -1


@dataclass(frozen=True, eq=False)
class ReferenceIndices:
    """Miller indices in the order of their mean line, and the label that each observed one has.

    Attributes
    ----------
    lattice : BravaisLattice
    hkl : numpy.ndarray of int, shape (n, 3)
        One for each line, in the setting of `LATTICES`; the last is (0 0 0), the label of all others.
    """

    lattice: BravaisLattice
    hkl: np.ndarray

    @classmethod
    def fit(cls, lattice, cells, observed_hkl):
        """Reference Miller indices of a lattice, ordered by and as long as training entries ask.

        Indices from -40 to 40 (l to 120 on hexagonal axes) make one line where the terms of q2 of the lattice system
        agree (h² + k² + l² of cubic cells; h², k², l² and hl of monoclinic ones); lines that the centring forbids are
        left out. They are ordered by q2 averaged over the cells and cut where 99 % of the entries have all their
        observed lines inside (Moreau 2024, section 2.1.5). As q2 is linear in the reciprocal metric, its average is
        that of the average metric. Rhombohedral lattices are on hexagonal axes and mC is body-centred, as everywhere
        here.

        Parameters
        ----------
        lattice : BravaisLattice
        cells : numpy.ndarray, shape (m, 6)
            Training cells in the common setting, not augmented, Å and degrees.
        observed_hkl : sequence of numpy.ndarray of int, length m, each shape (k, 3)
            Miller indices of the observed lines of each entry; rows (0 0 0) stand for no line.

        Returns
        -------
        ReferenceIndices

        Raises
        ------
        InputError
            If there are no cells, not as many lists as cells, or more than 1 % of the entries with an index beyond
            those or forbidden by the centring.
        """
        if len(cells) == 0 or len(cells) != len(observed_hkl):
            raise InputError(
                f"Reference indices of {lattice.symbol}: {len(cells)} cells and {len(observed_hkl)} lists of Miller "
                "indices; give one list for each cell, and at least one."
            )
        _, hkl = _lines(lattice)
        mean_xnn = free_xnn(lattice, cells).mean(axis=0)
        order = np.argsort(hkl_design(lattice, hkl) @ mean_xnn, kind="stable")
        rank = np.append(np.argsort(order), len(order))  # the last for what has no class, -1
        needed = np.sort([_length_needed(lattice, rank, rows) for rows in observed_hkl])
        length = needed[int(np.ceil(SHARE_INSIDE * len(needed))) - 1]
        if length > len(order):
            raise InputError(
                f"Reference indices of {lattice.symbol}: more than 1 % of the entries have indices beyond "
                f"{_largest(lattice)} or absent by the centring; give fewer lines of each entry, in the common setting."
            )
        return cls(lattice, np.vstack([hkl[order[:length]], np.zeros((1, 3), dtype=hkl.dtype)]))

    def label(self, hkl):
        """Positions of Miller indices in the reference list.

        Parameters
        ----------
        hkl : numpy.ndarray of int, shape (..., 3)

        Returns
        -------
        numpy.ndarray of int, shape (...)
            Indices that give the same line in every cell of the lattice have the same label; those that are not in the
            list, are absent by the centring, or are (0 0 0) have the last one.
        """
        return self._label_of_class[_classes_of(self.lattice, hkl)]

    @cached_property
    def _label_of_class(self):
        n_classes = len(_lines(self.lattice)[1])
        labels = np.full(n_classes + 1, len(self.hkl) - 1)  # one more for what has no class, -1
        labels[_classes_of(self.lattice, self.hkl[:-1])] = np.arange(len(self.hkl) - 1)
        return labels


def _length_needed(lattice, rank, rows):
    """Length of the list that holds all lines of an entry, by rank of class; longer than any where one has none."""
    rows = np.asarray(rows, dtype=int).reshape(-1, 3)
    return 1 + rank[_classes_of(lattice, rows[rows.any(axis=1)])].max(initial=-1)


def _largest(lattice):
    """Largest |h|, |k| and |l|."""
    return LARGEST_INDEX, LARGEST_INDEX, LARGEST_L_HEXAGONAL if lattice.system == "hexagonal" else LARGEST_INDEX


@cache
def _lines(lattice):
    """Lines of all indices to the largest: class of each (h, k, l) of the grid, and one index of each class.

    Returns
    -------
    class_of : numpy.ndarray of int, shape (81, 81, 81), hexagonal (81, 81, 241)
        By index plus the largest; -1 for (0 0 0) and absent indices.
    hkl : numpy.ndarray of int, shape (n, 3)
        Of the indices of one class the one with the fewest negative ones, then the largest h, k, l.
    """
    axes = [np.arange(-largest, largest + 1, dtype=np.int16) for largest in _largest(lattice)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    present = np.flatnonzero(grid.any(axis=1) & _allowed(lattice, grid))
    hkl = grid[present]
    # numpy sorts integers of 16 bits by radix
    terms = hkl_design(lattice, hkl).astype(np.int16)
    negative = (hkl < 0).sum(axis=1, dtype=np.int16)
    order = np.lexsort((*-hkl.T[::-1], negative, *terms.T))
    new = np.r_[True, np.any(np.diff(terms[order], axis=0), axis=1)]
    class_of = np.full(len(grid), _NO_CLASS, dtype=np.int32)
    class_of[present[order]] = np.cumsum(new) - 1
    return class_of.reshape([len(axis) for axis in axes]), hkl[order[new]].astype(int)


def _allowed(lattice, hkl):
    """Indices that the centring of the lattice leaves (obverse setting of R)."""
    from cctbx import sgtbx
    from cctbx.array_family import flex

    indices = flex.miller_index(*(flex.int(np.ascontiguousarray(column, dtype=np.int32)) for column in hkl.T))
    return ~sgtbx.space_group(f"{lattice.centring} 1").is_sys_absent(indices).as_numpy_array()


def _classes_of(lattice, hkl):
    """Class of Miller indices, -1 where they have none, shape (...)."""
    hkl = np.asarray(hkl, dtype=int)
    inside = np.all(np.abs(hkl) <= _largest(lattice), axis=-1)
    # what is outside takes the place of (0 0 0), which has no class
    h, k, l = np.moveaxis(np.where(inside[..., None], hkl, 0) + _largest(lattice), -1, 0)  # noqa: E741
    return _lines(lattice)[0][h, k, l]
