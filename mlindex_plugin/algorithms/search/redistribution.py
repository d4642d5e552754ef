"""Spread candidates that crowd one place of xnn space."""

from __future__ import annotations

import numpy as np

_RADIUS = 0.01  # of the range of the peaks, per free parameter
_MOST_NEIGHBOURS = 3


def redistribute(x: np.ndarray, q2_last: float, rng: np.random.Generator) -> np.ndarray:
    """Move candidates from oversampled to undersampled neighbourhoods.

    xnn scales linearly with the data, hence Euclidean distances in it (Moreau, ML-Index Methods 2024, section
    2.3.2). A candidate with too many neighbours nearby is moved next to one with few, by up to a neighbourhood.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, n_free)
        Free xnn, 1/Å².
    q2_last : float
        Last peak, 1/Å²; the unit of distance.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (n, n_free)
    """
    from scipy.spatial import cKDTree

    radius = _RADIUS * np.sqrt(x.shape[1])
    scaled = x / q2_last
    tree = cKDTree(scaled)
    pairs = tree.query_pairs(radius, output_type="ndarray")
    if not len(pairs):
        return x
    # keep a candidate unless _MOST_NEIGHBOURS earlier ones already stand around it
    earlier = np.bincount(pairs.max(axis=1), minlength=len(x))
    crowded = earlier > _MOST_NEIGHBOURS
    neighbours = np.bincount(pairs.ravel(), minlength=len(x))
    lonely = np.flatnonzero(neighbours <= _MOST_NEIGHBOURS)
    if not len(lonely) or not crowded.any():
        return x
    moved = x.copy()
    beside = rng.choice(lonely, crowded.sum())
    step = rng.uniform(-1, 1, (len(beside), x.shape[1])) * _RADIUS
    moved[crowded] = (scaled[beside] * (1 + step)) * q2_last
    return moved
