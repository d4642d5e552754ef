"""Random cells scaled to the density of the peaks."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.generators.scaling import scale_to_line_count
from mlindex_plugin.algorithms.lattice import LATTICES, BravaisLattice, free_xnn, lattice_table

# Of the axes' logarithms: most cells are compact, layered ones reach ratios beyond ten.
_COMPACT_SPREAD = 0.4
_LAYERED_SPREAD = 1.1
_LAYERED_SHARE = 0.35
_LARGEST_COSINE = 0.5  # of an obtuse, reduced angle
_FLATTEST = 0.02  # volume over the product of the axes
# Share of the lines below the last peak that are observed.
_LEAST_OBSERVED = 0.12


def random_shapes(lattice: BravaisLattice, n: int, rng: np.random.Generator) -> np.ndarray:
    """Random cells of volume 1 in the search setting, shape (n, 6), obtuse angles where they are free."""
    layered = rng.random((n, 1)) < _LAYERED_SHARE
    spread = np.where(layered, _LAYERED_SPREAD, _COMPACT_SPREAD)
    cells = np.full((n, 6), 90.0)
    cells[:, :3] = np.exp(spread * rng.standard_normal((n, 3)))
    if lattice.system == "hexagonal":
        cells[:, 5] = 120.0
    if lattice.system in ("hexagonal", "tetragonal"):
        cells[:, 1] = cells[:, 0]
    if lattice.system == "cubic":
        cells[:, :3] = 1.0
    if lattice.system == "monoclinic":
        cells[:, 4] = np.degrees(np.arccos(-_LARGEST_COSINE * rng.random(n)))
        if lattice.centring == "I":
            cells = _body_centred(cells, rng)
    if lattice.system == "triclinic":
        cosines = -_LARGEST_COSINE * rng.random((n, 3)) ** 1.5
        cells[:, 3:] = np.degrees(np.arccos(cosines))
    ca, cb, cg = np.cos(np.radians(cells[:, 3:])).T
    root = 1 - ca**2 - cb**2 - cg**2 + 2 * ca * cb * cg
    solid = root > _FLATTEST**2
    cells, root = cells[solid], root[solid]
    cells[:, :3] /= np.cbrt(np.prod(cells[:, :3], axis=1) * np.sqrt(root))[:, None]
    return cells


def _body_centred(cells: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Of the obtuse superbase a, c, -(a + c) of the ac plane one vector, drawn at random, carries the centring.

    The other two are the axes of the body-centred cell; where a short vector carries it, they are two long ones
    that enclose an angle far from 90 degrees.
    """
    a, b, c = cells[:, :3].T
    dot = a * c * np.cos(np.radians(cells[:, 4]))
    sum_length = np.sqrt(a * a + c * c + 2 * dot)
    pairs = [
        (a, c, dot / (a * c)),
        (a, sum_length, -(a * a + dot) / (a * sum_length)),
        (c, sum_length, -(c * c + dot) / (c * sum_length)),
    ]
    which = rng.integers(3, size=len(cells))
    first, second, cosine = (np.choose(which, [pair[i] for pair in pairs]) for i in range(3))
    right = np.full(len(cells), 90.0)
    return np.stack([first, b, second, right, np.degrees(np.arccos(cosine)), right], axis=1)


class RandomCells:
    """Random cells whose number of lines below the last peak fits the number of peaks.

    Parameters
    ----------
    symbol : str
        Bravais lattice.
    """

    def __init__(self, symbol: str):
        self.symbol = symbol

    def generate(self, q2: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
        """Candidates for a peak list.

        Parameters
        ----------
        q2 : numpy.ndarray, shape (n_peaks,)
            Peaks, 1/Å².
        n : int
        rng : numpy.random.Generator

        Returns
        -------
        numpy.ndarray, shape (at most n, n_free)
            Free xnn, 1/Å².
        """
        lattice = LATTICES[self.symbol]
        shapes = np.ascontiguousarray(free_xnn(lattice, random_shapes(lattice, n, rng)))
        observed = np.exp(rng.uniform(np.log(_LEAST_OBSERVED), np.log(1.1), len(shapes)))
        rank = np.maximum(np.round(len(q2) / observed), 1).astype(np.int64)
        return scale_to_line_count(lattice_table(self.symbol), shapes, rank, q2[-1])
