"""Spots that are not of the powder pattern: hot pixels, ice, a shot that shows one ring many times."""

from __future__ import annotations

import numpy as np

# Lines of hexagonal ice, d in Å (a = 4.50, c = 7.32 Å at 100 K).
_ICE_D = np.array([3.897, 3.660, 3.438, 2.667, 2.249, 2.068, 1.947, 1.916, 1.882, 1.719])
_ICE_BAND = 0.005  # relative half width of an ice ring
_ICE_CHANCE = 0.01  # expected number of shots taken for icy by coincidence
_HOT_CHANCE = 1e-6  # the same for spots on one pixel
_HOT_SPOTS = 5  # spots on one pixel before it is suspected
_SAME_RING = 4  # spots of one shot on one ring, two pixels wide, that are kept


def clean_spots(spots):
    """Leave out spots that would make lines of their own.

    Parameters
    ----------
    spots : Spots

    Returns
    -------
    spots : Spots
        Those that are kept.
    notes : tuple of str
        What was left out and why.
    """
    notes = []
    for suspect, sentence in (
        (hot_pixels, "{n} spots on hot pixels, the same on many shots, were left out."),
        (ice_spots, "{n} spots on ice rings were left out, of the shots that show ice."),
        (crowded_rings, "{n} spots were left out because their shot showed the same ring more than 4 times."),
    ):
        bad = suspect(spots)
        if bad.any():
            spots = spots.select(~bad)
            notes.append(sentence.format(n=int(bad.sum())))
    return spots, tuple(notes)


def hot_pixels(spots):
    """Spots on pixels that fire far more often than others at their distance from the beam.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
    """
    from scipy.stats import poisson  # slow to import

    bad = np.zeros(len(spots), dtype=bool)
    pixels, inverse, counts = np.unique(spots.pixel, axis=0, return_inverse=True, return_counts=True)
    suspects = np.flatnonzero(counts >= _HOT_SPOTS)
    radius = spots.pixels_off_beam
    of_pixel = np.bincount(inverse.reshape(-1), radius) / counts
    in_order, r = np.sort(radius), of_pixel[suspects]
    n_ring = np.searchsorted(in_order, r + 1) - np.searchsorted(in_order, r - 1)
    n_pixels = np.maximum(4 * np.pi * r, 1.0)  # of the ring two pixels wide
    expected = np.maximum(n_ring - counts[suspects], 0) / n_pixels
    hot = poisson.sf(counts[suspects] - 1, 3 * expected + 1e-3) < _HOT_CHANCE
    for pixel in pixels[suspects[hot]]:
        # Centroids on a hot pixel may fall just across its border.
        bad |= np.all(np.abs(spots.pixel - pixel) <= [0, 1, 1], axis=1)
    return bad


def ice_spots(spots):
    """Spots on ice rings, of shots that have far more of them than shots have by coincidence.

    A line of the sample at the place of an ice ring stays, because the shots it comes from show no other ice ring.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
    """
    from scipy.stats import binom  # slow to import

    distance = np.abs(spots.q[:, None] * _ICE_D - 1)
    ring = distance.argmin(axis=1)
    on_ring = distance.min(axis=1) < _ICE_BAND
    n_shots = int(spots.shot.max(initial=0)) + 1
    n_all = np.bincount(spots.shot, minlength=n_shots)
    n_ice = np.bincount(spots.shot[on_ring], minlength=n_shots)
    rings = np.unique(np.column_stack([spots.shot[on_ring], ring[on_ring]]), axis=0)
    n_rings = np.bincount(rings[:, 0], minlength=n_shots)
    usual = np.median(n_ice[n_all > 0] / n_all[n_all > 0]) if len(spots) else 0.0
    usual = max(usual, n_ice[n_rings < 2].sum() / max(n_all[n_rings < 2].sum(), 1), 0.02)
    icy = (n_ice >= 5) & (n_rings >= 3) & (binom.sf(n_ice - 1, n_all, min(usual, 1.0)) < _ICE_CHANCE / n_shots)
    return on_ring & icy[spots.shot]


def crowded_rings(spots):
    """Spots beyond the first four that one shot shows on one ring.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
    """
    ring = np.floor(spots.pixels_off_beam / 2).astype(int)
    order = np.lexsort((spots.q, ring, spots.shot))
    same = (np.diff(spots.shot[order]) == 0) & (np.diff(ring[order]) == 0)
    start = np.concatenate([[True], ~same])
    first = np.maximum.accumulate(np.where(start, np.arange(len(order)), 0))
    bad = np.zeros(len(spots), dtype=bool)
    bad[order] = np.arange(len(order)) - first >= _SAME_RING
    return bad
