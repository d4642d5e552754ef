"""Variation of training lists: every epoch sees slightly other crystals, and other peaks of them."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice import BravaisLattice, cells_from_xnn, full_xnn, hkl_design, volumes_from_xnn
from mlindex_plugin.models.cell_targets import CellTargets

STRAIN = 0.05  # standard deviation of the relative change of axes, and of the change of cosines of angles
# Axes that the common setting orders.
_ORDERED = {"orthorhombic": ((0, 1), (1, 2)), "monoclinic": ((0, 2),), "triclinic": ((0, 1), (1, 2))}
_USUAL_LENGTH = 20
_USUAL_SHARE = 0.6
_SHORTEST, _LONGEST = 10, 60
_THINNED_SHARE = 0.5  # of the lists lose peaks: each at a rate drawn from 0 to the most
_MOST_THINNED = 0.2


def strain_lists(
    lattice: BravaisLattice, q2: np.ndarray, hkl: np.ndarray, x: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The same lines of slightly strained crystals, with the same relative errors; contaminants stay.

    Parameters
    ----------
    lattice : BravaisLattice
    q2, hkl, x : numpy.ndarray
        As in `TrainingSet`.
    rng : numpy.random.Generator

    Returns
    -------
    q2, x : numpy.ndarray
        Ascending. Crystals that the strain would take out of the common setting are not strained.
    """
    targets = CellTargets(lattice.symbol)
    one = np.ones(len(x))
    values = targets.from_xnn(x, one)
    step = STRAIN * rng.standard_normal(values.shape)
    strained = targets.to_xnn(values + step, one)
    kept = _same_setting(lattice, x, strained)
    strained = np.where(kept[:, None], strained, x)
    design = hkl_design(lattice, hkl)
    before, after = (np.einsum("npi,ni->np", design, cells) for cells in (x, strained))
    with np.errstate(invalid="ignore", divide="ignore"):
        change = np.where(before > 0, after / before, 1)
    return np.sort(q2 * change, axis=1), strained


def _same_setting(lattice: BravaisLattice, x: np.ndarray, strained: np.ndarray) -> np.ndarray:
    """Cells whose axes keep the order that the common setting gives them, and whose angles stay obtuse, shape (n,)."""
    with np.errstate(invalid="ignore"):
        old, new = (cells_from_xnn(full_xnn(lattice, cells)) for cells in (x, strained))
    ordered = ((0, 1),) if lattice.centring == "C" else _ORDERED.get(lattice.system, ())
    kept = np.all((new[:, 3:] > 90 - 1e-6) & (new[:, 3:] < 179), axis=1)
    kept &= volumes_from_xnn(full_xnn(lattice, strained)) > 0  # three obtuse angles may not close
    for i, j in ordered:
        kept &= (old[:, i] < old[:, j]) == (new[:, i] < new[:, j])
    return kept


def thin_lists(q2: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lists with some peaks taken out, cut at a random length.

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n, m)
        Ascending, nan beyond the last peak.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (n, m)
        At least ten peaks of each list that has as many.
    """
    n = len(q2)
    present = np.isfinite(q2)
    rate = np.where(rng.random(n) < _THINNED_SHARE, _MOST_THINNED * rng.random(n), 0)
    usual = rng.random(n) < _USUAL_SHARE
    length = np.where(usual, _USUAL_LENGTH, rng.integers(_SHORTEST, _LONGEST + 1, n))
    kept = present & (rng.random(q2.shape) >= rate[:, None])
    poor = kept.sum(axis=1) < _SHORTEST
    kept[poor] = present[poor]
    kept &= np.cumsum(kept, axis=1) <= length[:, None]
    return np.sort(np.where(kept, q2, np.nan), axis=1)
