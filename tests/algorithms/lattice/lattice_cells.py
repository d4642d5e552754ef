"""One cell for each Bravais lattice, in the setting of the search."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, free_xnn

# mC body-centred, hR on hexagonal axes
CELLS = {
    "cF": (5.6, 5.6, 5.6, 90, 90, 90),
    "cI": (4.1, 4.1, 4.1, 90, 90, 90),
    "cP": (3.9, 3.9, 3.9, 90, 90, 90),
    "hP": (4.9, 4.9, 7.8, 90, 90, 120),
    "hR": (4.8, 4.8, 13.0, 90, 90, 120),
    "tI": (5.2, 5.2, 9.1, 90, 90, 90),
    "tP": (4.6, 4.6, 2.95, 90, 90, 90),
    "oF": (5.8, 8.1, 11.3, 90, 90, 90),
    "oI": (4.4, 7.0, 9.6, 90, 90, 90),
    "oC": (3.7, 9.4, 6.9, 90, 90, 90),
    "oP": (4.8, 6.2, 10.2, 90, 90, 90),
    "mC": (6.5, 7.7, 9.3, 90, 112.0, 90),
    "mP": (5.9, 7.3, 11.1, 90, 99.0, 90),
    "aP": (5.3, 6.4, 7.9, 97.0, 103.0, 108.0),
}
SEARCH_GROUPS = {symbol: lattice.space_group for symbol, lattice in LATTICES.items()} | {"mC": "I 1 2 1"}


def free(symbol):
    """Free xnn of the lattice's cell."""
    return free_xnn(LATTICES[symbol], np.array(CELLS[symbol], float))
