"""Candidates built of zones: two that share a row for aP, one and a layer beside it for mP and mC."""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.generators.zones import find_zones
from mlindex_plugin.algorithms.lattice import BravaisLattice

_N_ZONES = {"triclinic": 32, "monoclinic": 12}
# Rows of a zone that another may share, each with the row that completes a basis of the zone.
_BASES = np.array(
    [
        [[1, 0], [0, 1]],
        [[0, 1], [1, 0]],
        [[1, 1], [0, 1]],
        [[1, -1], [0, 1]],
        [[2, 1], [1, 1]],
        [[2, -1], [1, 0]],
        [[1, 2], [0, 1]],
        [[1, -2], [0, 1]],
    ]
)
_SHARED = 0.5  # of the tolerance: two zones that share a row agree on it so far
_STEPS = 2  # multiples of the shared row within the row that carries a further peak
_MOST_CELLS = 300_000  # pairs of the likeliest zones come first
_LAYERS = (1, 2)
_ROWS_OF_A_LAYER = np.array([(0, 0)] + [(h, k) for k in range(3) for h in range(-2, 3) if k > 0 or h > 0])
# Axes a* and c* of the search setting in halves of a zone's rows, taken as h0l. In the body-centred one the zone is
# every second point of the plane: odd layers are offset by a*.
_PLANE_AXES = {"P": (((2, 0), (0, 2)),), "I": (((1, 0), (1, 2)), ((0, 1), (2, 1)), ((1, 1), (1, -1)))}


@njit(cache=True, nogil=True)
def _based_on(zones, bases):
    """Every zone on every basis: squares of both vectors and twice their product, shape (n, n_bases, 3)."""
    out = np.empty((len(zones), len(bases), 3))
    for i in range(len(zones)):
        a, b, r = zones[i]
        for s in range(len(bases)):
            (p, q), (u, v) = bases[s]
            out[i, s, 0] = a * p * p + b * q * q + r * p * q
            out[i, s, 1] = a * u * u + b * v * v + r * u * v
            out[i, s, 2] = 2 * a * p * u + 2 * b * q * v + r * (p * v + q * u)
    return out


@njit(cache=True, nogil=True)
def _pair_zones(based, q2, width):
    """Triclinic xnn of every two zones with a common row; what is left free comes from each peak in turn."""
    n_zones, n_bases, _ = based.shape
    out = np.empty((_MOST_CELLS, 6))
    n = 0
    for i in range(n_zones):
        for j in range(i):
            for s in range(n_bases):
                for t in range(n_bases):
                    g = (based[i, s, 0] + based[j, t, 0]) / 2
                    if g > q2[-1] or abs(based[i, s, 0] - based[j, t, 0]) > np.interp(g, q2, width):
                        continue
                    u, v = based[i, s, 1], based[j, t, 1]
                    gu, gv = based[i, s, 2], based[j, t, 2]
                    for k in range(-_STEPS, _STEPS + 1):
                        for sign in (-1, 1):
                            known = k * k * g + u + v + k * (gu + sign * gv)
                            for m in range(len(q2)):
                                uv = sign * (q2[m] - known)
                                if uv * uv < 4 * u * v and n < _MOST_CELLS:
                                    out[n] = g, u, v, gu, gv, uv
                                    n += 1
    return out[:n]


def _with_halved_rows(zones: np.ndarray) -> np.ndarray:
    """Zones and those twice as dense: a glide plane hides every second row of its zone, shape (4 n, 3)."""
    a, b, r = zones.T
    halved = [(a / 4, b, r / 2), (a, b / 4, r / 2), ((a + b + r) / 4, b, r / 2 + b)]
    return np.concatenate([zones, *(np.stack(zone, axis=1) for zone in halved)])


def _above_zones(zones: np.ndarray, q2: np.ndarray, centring: str) -> np.ndarray:
    """Monoclinic xnn of every zone, taken as h0l, with the height of a layer beside it from each peak in turn."""
    choices = np.array(_PLANE_AXES[centring]) / 2
    squares = [_squares(zones, np.vstack([axes, axes.sum(axis=0)])).T for axes in choices]
    found = []
    for layer in _LAYERS:
        for axes, (hh, ll, diagonal) in zip(choices, squares, strict=True):
            offset = axes[0] if centring == "I" and layer % 2 else 0
            within = _squares(zones, _ROWS_OF_A_LAYER + offset)
            heights = (q2 - within[:, :, None]) / layer**2
            above = heights > 0
            zone = np.nonzero(above)[0]
            found.append(np.stack([hh[zone], heights[above], ll[zone], (diagonal - hh - ll)[zone]], axis=1))
    return np.concatenate(found)


def _squares(zones: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """q2 of rows in each zone, shape (n_zones, n_rows)."""
    h, k = rows.T
    return zones @ np.stack([h * h, k * k, h * k])


def zone_cells(lattice: BravaisLattice, q2: np.ndarray, tolerance: np.ndarray) -> np.ndarray:
    """Candidates of the likeliest zones.

    Parameters
    ----------
    lattice : BravaisLattice
        aP, mP or mC.
    q2, tolerance : numpy.ndarray, shape (n_peaks,)
        Peaks, ascending, and the largest misfit of each, 1/Å².

    Returns
    -------
    numpy.ndarray, shape (n, n_free)
        Free xnn, 1/Å²; not all of them physical.
    """
    zones = find_zones(q2, tolerance, _N_ZONES[lattice.system])
    if lattice.system == "triclinic":
        return _pair_zones(_based_on(zones, _BASES), q2, _SHARED * tolerance)
    return _above_zones(_with_halved_rows(zones), q2, lattice.centring)
