"""Substructures: lattices of smaller cells, and which lines of a lattice are theirs.

A crystal that is nearly periodic with a smaller cell has strong lines, the main lines, where that cell has lines too,
and weak ones everywhere else. In reciprocal space the main lines are a sublattice of index 2, 3 or 4. Only those count
here that the symmetry of the Bravais lattice leaves as they are: a structure that breaks it is of another lattice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice.bravais import LATTICES
from mlindex_plugin.algorithms.lattice.closeness import primitive_basis
from mlindex_plugin.algorithms.lattice.derivative import hermite_forms
from mlindex_plugin.algorithms.lattice.lines import unpack
from mlindex_plugin.algorithms.lattice.settings import rotations

_INDICES = (2, 3, 4)
_PERIOD = 12  # of Miller indices: whatever their multiples, a substructure repeats
_UNIT = 6  # all elements of the primitive bases are multiples of 1/6


@dataclass(frozen=True)
class Substructures:
    """The substructures of a Bravais lattice.

    Attributes
    ----------
    bits : numpy.ndarray of uint64, shape (12, 12, 12)
        By primitive Miller indices modulo 12: bit i is set where the line is a main line of substructure i.
    basis : numpy.ndarray of int, shape (3, 3)
        Primitive axes in sixths of those of the search setting.
    index : tuple of int
        Of each substructure: how many times smaller its cell is.
    """

    bits: np.ndarray
    basis: np.ndarray
    index: tuple[int, ...]

    def main_lines(self, code: np.ndarray) -> np.ndarray:
        """Of which substructures lines are main lines.

        Parameters
        ----------
        code : numpy.ndarray of int
            Packed Miller indices in the search setting; negative where there is no line.

        Returns
        -------
        numpy.ndarray of uint64, shape as `code`
            Bit i is set for substructure i; none where there is no line.
        """
        return _main_lines(np.ravel(code), self.bits, self.basis).reshape(np.shape(code))


@cache
def substructures(symbol: str) -> Substructures:
    """The substructures of a Bravais lattice, of index 2, 3 and 4: 55 of aP, one of cI."""
    basis = primitive_basis(LATTICES[symbol])
    inverse = np.linalg.inv(basis)
    # Miller indices are rows: h becomes h R
    operations = [inverse.T @ rotation @ basis.T for rotation in rotations(LATTICES[symbol])]
    residues = np.stack(np.meshgrid(*[np.arange(_PERIOD)] * 3, indexing="ij"), axis=-1)
    bits, index = np.zeros(residues.shape[:3], dtype=np.uint64), []
    for n in _INDICES:
        for form in hermite_forms(n):
            to_form = np.linalg.inv(form)
            if not all(_whole(form @ operation @ to_form).all() for operation in operations):
                continue
            inside = _whole(residues @ to_form).all(axis=-1)
            bits |= inside.astype(np.uint64) << np.uint64(len(index))
            index.append(n)
    return Substructures(bits, np.rint(_UNIT * basis).astype(np.int64), tuple(index))


def _whole(values: np.ndarray) -> np.ndarray:
    return np.abs(values - np.rint(values)) < 1e-6


@njit(cache=True)
def main_line_of(code, bits, basis):
    """Substructures, as bits, of which a line given by its packed Miller indices is a main line; see `main_lines`."""
    if code < 0:
        return np.uint64(0)
    h, k, l = unpack(code)  # noqa: E741
    # a line of hR may be listed under indices of its mirror image, which the obverse setting has not
    if (basis[0, 0] * h + basis[0, 1] * k + basis[0, 2] * l) % _UNIT != 0:
        h, k = k, h
    p = (basis[0, 0] * h + basis[0, 1] * k + basis[0, 2] * l) // _UNIT % _PERIOD
    q = (basis[1, 0] * h + basis[1, 1] * k + basis[1, 2] * l) // _UNIT % _PERIOD
    r = (basis[2, 0] * h + basis[2, 1] * k + basis[2, 2] * l) // _UNIT % _PERIOD
    return bits[p, q, r]


@njit(cache=True)
def _main_lines(codes, bits, basis):
    main = np.zeros(len(codes), np.uint64)
    for i in range(len(codes)):
        main[i] = main_line_of(codes[i], bits, basis)
    return main
