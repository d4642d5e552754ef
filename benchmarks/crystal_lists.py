"""Peak lists of crystals that no model was trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.benchmark.crystal_choice import crystals_of_part
from mlindex_plugin.algorithms.lattice import LATTICES, free_xnn, volumes_from_cells
from mlindex_plugin.algorithms.simulate import experiment_preset
from mlindex_plugin.algorithms.training.assemble import measured_lists

NARROW, MIDDLE = 0, 1  # of the three breadths of a line for which a data set lists what is observable


@dataclass(frozen=True)
class CrystalLists:
    """Peak lists with their truth.

    Attributes
    ----------
    symbol : str
        Bravais lattice.
    every : list of numpy.ndarray
        All peaks of each list (at most 60), 1/Å².
    n_peaks : int
        Peaks that each has at least.
    x : numpy.ndarray, shape (n, n_free)
        True free xnn, 1/Å².
    volumes : numpy.ndarray, shape (n,)
        Of the primitive cells, Å³.
    """

    symbol: str
    every: list
    n_peaks: int
    x: np.ndarray
    volumes: np.ndarray

    def __len__(self) -> int:
        return len(self.every)

    @property
    def q2(self) -> list:
        """The first `n_peaks` peaks of each list, 1/Å²."""
        return [peaks[: self.n_peaks].copy() for peaks in self.every]


def crystal_lists(
    paths, symbol: str, preset: str, part: str, n: int, n_peaks: int, seed: int = 0, breadth: int = MIDDLE
) -> CrystalLists:
    """Peak lists of crystals with at least `n_peaks` peaks.

    Parameters
    ----------
    paths : sequence of str or pathlib.Path
        Data sets of ``dials.mlindex_dataset``.
    symbol : str
        Bravais lattice.
    preset : str
        Of experimental error: ``ideal``, ``laboratory``, ``synchrotron`` or ``smsfx``.
    part : str
        ``development``, ``test`` or ``unseen``.
    n : int
        At most.
    n_peaks : int
    seed : int
        Of the choice of crystals and of the errors.
    breadth : int
        Of a line: `NARROW` lines overlap less, so that more are seen.
    """
    rng = np.random.default_rng([seed, list(LATTICES).index(symbol)])
    crystals = crystals_of_part(paths, symbol, part)
    crystals = crystals.take(rng.permutation(len(crystals))[: 3 * n])
    every = np.arange(len(crystals))
    q2, _ = measured_lists(crystals, (every, np.full(len(every), breadth)), experiment_preset(preset), rng)
    long_enough = np.flatnonzero(np.isfinite(q2).sum(axis=1) >= n_peaks)[:n]
    lattice = LATTICES[symbol]
    cells = crystals.cells[long_enough]
    return CrystalLists(
        symbol,
        [q2[i][np.isfinite(q2[i])] for i in long_enough],
        n_peaks,
        free_xnn(lattice, cells),
        volumes_from_cells(cells) / lattice.n_centring,
    )
