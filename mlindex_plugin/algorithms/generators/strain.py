"""Random strain: all vectors of a lattice change by about the same share, whatever the choice of axes."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice import BravaisLattice, full_xnn, reciprocal_metric, xnn_from_metric

# Entries of the strain on Cartesian axes (first along a*, second in the plane of a* and b*) that keep the system:
# equal letters stand for equal numbers, a dot for none.
_ALLOWED = {
    "cubic": "a.. .a. ..a",
    "tetragonal": "a.. .a. ..b",
    "hexagonal": "a.. .a. ..b",
    "orthorhombic": "a.. .b. ..c",
    "monoclinic": "a.d .b. d.c",
    "triclinic": "ade dbf efc",
}


def strained(lattice: BravaisLattice, x: np.ndarray, spread: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cells strained at random, within their lattice system.

    Parameters
    ----------
    lattice : BravaisLattice
    x : numpy.ndarray, shape (n, n_free)
        Free xnn of cells, 1/Å².
    spread : numpy.ndarray, shape (n,)
        Standard deviation of the components of each cell's strain; half of it off the diagonal, where it acts twice.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (n, n_free)
        1/Å².
    """
    strain = np.tile(np.eye(3), (len(x), 1, 1))
    pattern = np.array([list(row) for row in _ALLOWED[lattice.system].split()])
    for letter in sorted(set(pattern.flat) - {"."}):
        share = 1.0 if letter in np.diag(pattern) else 0.5
        strain += (pattern == letter) * (share * spread * rng.standard_normal(len(x)))[:, None, None]
    axes = np.linalg.cholesky(reciprocal_metric(full_xnn(lattice, x))) @ strain
    return xnn_from_metric(axes @ np.swapaxes(axes, 1, 2))[:, list(lattice.columns)]
