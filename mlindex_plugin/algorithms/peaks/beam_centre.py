"""Beam centre from the sharpness of the powder lines."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

_REACH = 4.0  # pixels searched to each side
_SMALLEST = 0.1  # pixels; a smaller error does not widen lines noticeably
_AGREEMENT = 4.0  # a shift has to be this many times the disagreement of two halves of the shots


def find_beam_centre(spots):
    """Shift of the detector that makes the powder lines sharpest.

    A wrong beam centre moves the spots of a line to higher q on one side of the beam and to lower q on the other.
    The shift that maximises the sum of squares of the spot density in q undoes that. It is estimated from the two
    halves of the shots separately, and believed only where the halves agree.

    Parameters
    ----------
    spots : Spots
        Those at low q, where lines are separate.

    Returns
    -------
    shift : numpy.ndarray, shape (3,)
        mm, perpendicular to the mean beam, to be added to detector positions (see `Spots.moved`); zero where no
        significant shift was found.
    pixels : float
        Its length in pixels.
    """
    axes = _across_beam(spots)
    pixel = np.median(np.linalg.norm(spots.pixel_axes[:, 0], axis=1))
    whole = _sharpest(spots, axes, pixel)
    halves = [_sharpest(spots.select(spots.shot % 2 == k), axes, pixel) for k in (0, 1)]
    length = np.linalg.norm(whole)
    if length < _SMALLEST or length < _AGREEMENT * np.linalg.norm(halves[0] - halves[1]) / 2:
        return np.zeros(3), 0.0
    return whole @ axes * pixel, float(length)


def _across_beam(spots):
    """Two unit vectors perpendicular to the mean beam, shape (2, 3)."""
    beam = spots.s0.mean(axis=0)
    beam /= np.linalg.norm(beam)
    first = np.cross(beam, np.eye(3)[np.argmin(np.abs(beam))])
    first /= np.linalg.norm(first)
    return np.array([first, np.cross(beam, first)])


def _sharpest(spots, axes, pixel):
    """Shift in pixels along `axes`: a grid over the whole reach, then downhill."""
    from scipy.optimize import minimize  # slow to import

    q = spots.q
    gradient = np.column_stack(
        [spots.moved(axis * pixel * 0.5).q - spots.moved(-axis * pixel * 0.5).q for axis in axes]
    )
    scale = np.median(spots.q_per_pixel)

    def blur(shift, smoothing):
        moved = q + gradient @ shift
        bins = np.rint((moved - q.min()) / (scale * smoothing / 2)).astype(int)
        counts = np.bincount(np.maximum(bins, 0)).astype(float)
        return -np.sum(gaussian_filter1d(counts, 2.0) ** 2)

    steps = np.arange(-_REACH, _REACH + 0.1, 0.4)
    near = min((np.array([x, y]) for x in steps for y in steps), key=lambda shift: blur(shift, 0.6))
    for smoothing in (0.6, 0.3):
        simplex = near + smoothing * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        options = {"initial_simplex": simplex, "xatol": 1e-3, "fatol": 0}
        near = minimize(blur, near, args=(smoothing,), method="Nelder-Mead", options=options | {"maxiter": 80}).x
    return near
