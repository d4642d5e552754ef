"""Powder patterns of synthetic crystals of all lattices, with the errors of a laboratory, as files for a batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.simulate import pattern_preset, simulate_patterns, write_pattern
from mlindex_plugin.algorithms.simulate.synthetic import synthetic_structures

POPULATIONS = ("inorganic", "molecular")


def write_mixed_patterns(folder: Path, n: int, seed: int = 0) -> list[Path]:
    """Write patterns of the 14 lattices in turn, of inorganic and of molecular crystals in turn.

    Parameters
    ----------
    folder : pathlib.Path
    n : int
    seed : int
        The same seed gives the same patterns.

    Returns
    -------
    list of pathlib.Path
        Called ``p0000_cF.xy`` and so on, after the true lattice.
    """
    kinds = [(population, symbol) for population in POPULATIONS for symbol in LATTICES]
    streams = {}
    for number, kind in enumerate(kinds):
        rng = np.random.default_rng([seed, number])
        streams[kind] = simulate_patterns(
            synthetic_structures(kind[0], rng, kind[1]), pattern_preset("laboratory"), rng
        )
    paths = []
    for number in range(n):
        kind = kinds[number % len(kinds)]
        paths.append(folder / f"p{number:04}_{kind[1]}.xy")
        write_pattern(paths[-1], next(streams[kind]))
    return paths
