"""How far the distribution of augmented entries is from that of the originals."""

from __future__ import annotations

import numpy as np
from scipy.stats import ks_2samp

from mlindex_plugin.algorithms.lattice import volumes_from_cells
from mlindex_plugin.models.scaling import FREE_PARAMETERS, lattice_system

NAMES = ("a", "b", "c", "alpha", "beta", "gamma")
PLACES = (1, 10, 20)  # lines whose positions are compared


def quantities(entries, broadening_index) -> dict[str, np.ndarray]:
    """What is compared of entries of one Bravais lattice.

    Parameters
    ----------
    entries : sequence of Entry
    broadening_index : int
        Which list of observable lines.

    Returns
    -------
    dict of str to numpy.ndarray
        The free lengths in Å and angles in degrees, volume in Å³, the number of observed lines, and the position in
        1/Å² of the lines of `PLACES`, of entries that have so many.
    """
    cells = np.array([entry.cell for entry in entries])
    free = FREE_PARAMETERS[lattice_system(entries[0].bravais_lattice)]
    found = {NAMES[i]: cells[:, i] for i in free}
    found["volume"] = volumes_from_cells(cells)
    positions = [entry.observable[broadening_index].q2 for entry in entries]
    found["lines"] = np.array([len(q2) for q2 in positions])
    for place in PLACES:
        found[f"q2 {place}"] = np.array([q2[place - 1] for q2 in positions if len(q2) >= place])
    return found


def ks_distances(originals, copies, broadening_index=1) -> dict[str, float]:
    """Largest difference of the cumulative distributions of each of `quantities` (Kolmogorov and Smirnov).

    Parameters
    ----------
    originals, copies : sequence of Entry
        Of one Bravais lattice.
    broadening_index : int

    Returns
    -------
    dict of str to float
        From 0 to 1; nan where either side has no value.
    """
    first, second = quantities(originals, broadening_index), quantities(copies, broadening_index)
    return {name: _distance(first[name], second[name]) for name in first}


def _distance(one, other):
    return float(ks_2samp(one, other, method="asymp").statistic) if len(one) and len(other) else np.nan
