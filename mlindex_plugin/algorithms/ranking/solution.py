"""A ranked answer, as the Python interface returns it and the reports print it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mlindex_plugin.algorithms.ranking.alternatives import Alternative
    from mlindex_plugin.algorithms.ranking.extinction import Extinction


@dataclass(frozen=True)
class Solution:
    """An optimised unit cell with its Miller indices and figures of merit.

    Attributes
    ----------
    rank : int
        1 is best, over all lattices searched.
    bravais_lattice : str
        One of the 14 symbols, ``cF`` ... ``aP``.
    unit_cell : tuple of 6 float
        a, b, c in Å, alpha, beta, gamma in degrees, conventional setting (C-centred monoclinic,
        hexagonal axes for hR).
    unit_cell_sigma : tuple of 6 float
        Standard errors of `unit_cell`, zero where symmetry fixes the value, inf where the lines say nothing of it.
    space_group : str
        Hermann-Mauguin symbol of the group of rotations of the lattice in the setting of `unit_cell`
        (for example ``C 1 2 1``): lattice and centring only, no claim about absences.
    volume : float
        Å³, of `unit_cell`.
    niggli_cell : tuple of 6 float
        The Niggli reduced primitive cell.
    figures_of_merit : dict
        ``M`` (de Wolff), ``M_rev`` (reversed), ``F`` (Smith-Snyder, None without a wavelength), ``score`` (what ranks).
    n_indexed, n_peaks : int
        Lines indexed, and lines used.
    zero_shift : float or None
        Refined offset in degrees two-theta, observed minus true; None where it was not refined.
    zero_shift_sigma : float or None
        Its standard error, prior included; None where it was not refined.
    q2_obs, q2_calc, sigma : numpy.ndarray, shape (n_peaks,)
        1/Å². `q2_calc` is of the nearest predicted line, also where the peak is not indexed.
    hkl : numpy.ndarray of int, shape (n_peaks, 3)
        In the setting of `unit_cell`.
    indexed : numpy.ndarray of bool, shape (n_peaks,)
    q2_lines : numpy.ndarray, shape (m,)
        Every predicted line up to the last peak used, ascending, 1/Å².
    alternatives : tuple of Alternative
        Other cells that explain the same peaks about as well; looked for by a search, for its five best.
    extinction : tuple of Extinction
        Extinction symbols with probabilities, the most probable first, which together hold 99 %; of the first
        solutions only, else empty.
    probability : float or None
        That this is the true cell; see `probabilities`. None for a solution that did not compete with others.
    """

    rank: int
    bravais_lattice: str
    unit_cell: tuple[float, ...]
    unit_cell_sigma: tuple[float, ...]
    space_group: str
    volume: float
    niggli_cell: tuple[float, ...]
    figures_of_merit: dict
    n_indexed: int
    n_peaks: int
    zero_shift: float | None
    zero_shift_sigma: float | None
    q2_obs: np.ndarray
    q2_calc: np.ndarray
    sigma: np.ndarray
    hkl: np.ndarray
    indexed: np.ndarray
    q2_lines: np.ndarray
    alternatives: tuple[Alternative, ...] = ()
    extinction: tuple[Extinction, ...] = ()
    probability: float | None = None
