"""Rendering of simulated stills as detector images."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlindex_plugin.algorithms.simulate.stills import BEAM_DIRECTION, Spots, Stills
from mlindex_plugin.errors import InputError

STAMP = 7  # half width in pixels of the square in which a spot is drawn
AIR_DECAY = 0.08  # 1/Å, falling off of the scattering by air and the small-angle scattering of the jet
SOLVENT_Q, SOLVENT_WIDTH = 0.31, 0.05  # 1/Å, the ring of water


def render_images(stills: Stills, seed: int, background: float = 2.0) -> Iterator[np.ndarray]:
    """Draw the shots one by one as photon-counting images.

    Spots are elliptical Gaussians on a background of air and solvent scattering; both scale with the pulse energy
    of the shot, and every pixel is Poisson distributed.

    Parameters
    ----------
    stills : Stills
        On a detector of a single panel.
    seed : int
        The same seed gives the same images.
    background : float
        Largest expected background of a shot of median energy, photons a pixel.

    Yields
    ------
    numpy.ndarray of uint16, shape (n_slow, n_fast)

    Raises
    ------
    InputError
        If the detector has more than one panel.
    """
    if len(stills.detector) != 1:
        raise InputError(f"Images need a detector of one panel, this one has {len(stills.detector)}.")
    rng = np.random.default_rng(seed)
    shape = background * background_shape(stills.detector[0], np.median(stills.wavelength))
    bounds = np.searchsorted(stills.spots.shot, np.arange(len(stills.wavelength) + 1))
    limit = np.iinfo(np.uint16).max
    for shot, energy in enumerate(stills.pulse_energy):
        expected = energy * shape
        draw_spots(expected, stills.spots[bounds[shot] : bounds[shot + 1]])
        yield np.minimum(rng.poisson(expected), limit).astype(np.uint16)


def background_shape(panel, wavelength: float) -> np.ndarray:
    """Background of air and solvent on a panel, at most 1, shape (n_slow, n_fast)."""
    n_fast, n_slow = panel.get_image_size()
    pixel_fast, pixel_slow = panel.get_pixel_size()
    fast = (np.arange(n_fast) + 0.5)[:, None] * pixel_fast * np.array(panel.get_fast_axis())
    slow = (np.arange(n_slow) + 0.5)[:, None] * pixel_slow * np.array(panel.get_slow_axis())
    position = np.array(panel.get_origin()) + slow[:, None] + fast[None, :]
    cos_two_theta = position @ BEAM_DIRECTION / np.linalg.norm(position, axis=2)
    q = np.sqrt(2 * (1 - cos_two_theta)) / wavelength
    shape = np.exp(-q / AIR_DECAY) + 0.3 * np.exp(-0.5 * ((q - SOLVENT_Q) / SOLVENT_WIDTH) ** 2) + 0.05
    return shape / shape.max()


def draw_spots(expected: np.ndarray, spots: Spots) -> None:
    """Add the expected photons of spots to an image, in place."""
    offset = np.arange(-STAMP, STAMP + 1)
    corner = np.floor(spots.position).astype(int)
    for n in range(len(spots)):
        fast, slow = corner[n, 0] + offset, corner[n, 1] + offset
        u = (fast + 0.5 - spots.position[n, 0])[None, :]
        v = (slow + 0.5 - spots.position[n, 1])[:, None]
        along = (u * spots.radial[n, 0] + v * spots.radial[n, 1]) / spots.sigma[n, 0]
        across = (v * spots.radial[n, 0] - u * spots.radial[n, 1]) / spots.sigma[n, 1]
        stamp = np.exp(-0.5 * (along**2 + across**2))
        stamp *= spots.photons[n] / stamp.sum()
        in_slow, in_fast = (slow >= 0) & (slow < expected.shape[0]), (fast >= 0) & (fast < expected.shape[1])
        expected[np.ix_(slow[in_slow], fast[in_fast])] += stamp[np.ix_(in_slow, in_fast)]
