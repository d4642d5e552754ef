"""Relatives of a leading cell that have to compete with it: higher symmetry, smaller cells, larger cells."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    cells_from_xnn,
    hermite_forms,
    higher_symmetry,
    lattice_table,
    niggli_cell,
    reciprocal_metric,
    sublattices_with,
    unpack,
    xnn_from_cells,
    xnn_from_metric,
)
from mlindex_plugin.algorithms.ranking.pool import Entry
from mlindex_plugin.algorithms.search import NO_LINE, Observed, refine

_SMALLER = (2, 3, 4)  # indices of the derivative lattices tested
_LARGER = (2, 3)
_EXPLAINED = 0.9  # of the indexed peaks, by the smaller cell


def relatives(entry: Entry, observed: Observed) -> list[tuple[str, np.ndarray]]:
    """Cells to be compared with an entry.

    A cell that is too large explains everything that the right one explains: whatever smaller cell holds nearly all
    indexed lines is a candidate in its own right. One that is too small leaves lines over: whatever larger cell
    indexes more of them is another. And every cell may be of higher symmetry than the lattice in which it was found.

    Parameters
    ----------
    entry : Entry
    observed : Observed

    Returns
    -------
    list of (str, numpy.ndarray of shape (n_free,))
        Bravais lattice and free xnn in its search setting, 1/Å², not refined.
    """
    found = _with_higher_symmetry(entry.niggli)
    x = xnn_from_cells(np.array(entry.niggli))
    metric = reciprocal_metric(x)
    indexed, hkl = _indexed(x[None], observed)
    if not len(hkl[0]):
        return found
    for index in _SMALLER:
        for form in sublattices_with(hkl[0], index, _EXPLAINED):
            found += _with_higher_symmetry(_reduced(form @ metric @ form.T))
    if indexed[0] == len(observed.q2):
        return found
    for index in _LARGER:
        inverse = np.linalg.inv(hermite_forms(index))
        larger = inverse @ metric @ inverse.transpose(0, 2, 1)
        more, _ = _indexed(xnn_from_metric(larger), observed)
        for i in np.flatnonzero(more > indexed[0]):
            found += _with_higher_symmetry(_reduced(larger[i]))
    return found


def _indexed(x: np.ndarray, observed: Observed) -> tuple[np.ndarray, list[np.ndarray]]:
    """For primitive cells, shape (n, 6): how many peaks each indexes after refinement, and their Miller indices."""
    refined = refine(lattice_table("aP"), x, observed, with_shift=observed.shift_column.size > 0)
    corrected = observed.q2
    if observed.shift_column.size:
        corrected = corrected - refined.shift[:, None] * observed.shift_column
    near = (refined.code != NO_LINE) & (np.abs(refined.line - corrected) < observed.cap)
    return near.sum(axis=1), [np.stack(unpack(c[n]), axis=1) for c, n in zip(refined.code, near, strict=True)]


def _with_higher_symmetry(niggli) -> list[tuple[str, np.ndarray]]:
    if niggli is None:
        return []
    return [("aP", xnn_from_cells(np.array(niggli))), *higher_symmetry(LATTICES["aP"], niggli)]


def _reduced(metric: np.ndarray):
    """Niggli cell of a reciprocal metric; None where cctbx cannot reduce it."""
    try:
        return niggli_cell(LATTICES["aP"], cells_from_xnn(xnn_from_metric(metric)))
    except RuntimeError:
        return None
