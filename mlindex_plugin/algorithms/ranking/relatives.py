"""Relatives of a leading cell that have to compete with it: higher symmetry, and smaller cells."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice import (
    LATTICES,
    cells_from_xnn,
    higher_symmetry,
    niggli_cell,
    reciprocal_metric,
    sublattices_with,
    unpack,
    xnn_from_cells,
    xnn_from_metric,
)
from mlindex_plugin.algorithms.ranking.pool import Entry
from mlindex_plugin.algorithms.search import NO_LINE, Observed, refine_cells

_INDICES = (2, 3, 4)
_EXPLAINED = 0.9  # of the indexed peaks, by the smaller cell


def relatives(entry: Entry, observed: Observed) -> list[tuple[str, np.ndarray]]:
    """Cells to be compared with an entry.

    A cell that is too large explains everything that the right one explains: whatever of its sublattices of index 2
    to 4 holds nearly all indexed lines is a candidate in its own right. And every cell may be of higher symmetry
    than the lattice in which it was found.

    Parameters
    ----------
    entry : Entry
    observed : Observed

    Returns
    -------
    list of (str, numpy.ndarray of shape (n_free,))
        Bravais lattice and free xnn in its search setting, 1/Å², not refined.
    """
    triclinic = LATTICES["aP"]
    found = higher_symmetry(triclinic, entry.niggli)
    x = xnn_from_cells(np.array(entry.niggli))
    refined = refine_cells("aP", x[None], observed)
    if not len(refined):
        return found
    code = refined.code[0]
    near = (code != NO_LINE) & (np.abs(refined.line[0] - observed.q2) < observed.cap)
    hkl = np.stack(unpack(code[near]), axis=1)
    if not len(hkl):
        return found
    for index in _INDICES:
        for form in sublattices_with(hkl, index, _EXPLAINED):
            cell = _reduced(form @ reciprocal_metric(x) @ form.T)
            if cell is not None:
                found.append(("aP", xnn_from_cells(np.array(cell))))
                found += higher_symmetry(triclinic, cell)
    return found


def _reduced(metric: np.ndarray):
    try:
        return niggli_cell(LATTICES["aP"], cells_from_xnn(xnn_from_metric(metric)))
    except RuntimeError:
        return None
