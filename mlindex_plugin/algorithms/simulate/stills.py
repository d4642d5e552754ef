"""Serial stills: where, and how strongly, randomly oriented crystals diffract on a detector."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numba import njit
from scipy.spatial.transform import Rotation

from mlindex_plugin.algorithms.simulate.random_crystal import CrystalReflections
from mlindex_plugin.errors import InputError

BEAM_DIRECTION = np.array([0.0, 0.0, -1.0])  # source to sample in dxtbx's laboratory frame
POLARIZATION = np.array([1.0, 0.0, 0.0])  # direction of the electric field
FWHM_TO_SIGMA = 1 / np.sqrt(8 * np.log(2))
SIN_THETA_MAX = 0.999999  # of reflections that the sphere can reach
MAX_DEVIATION = 4.0  # in units of the rocking width; beyond it a reflection is dark
MIN_PHOTONS = 0.5  # weaker spots are not carried on
BATCH = 500  # shots at a time, which bounds the memory


@dataclass(frozen=True)
class StillsConditions:
    """The beam and the crystals of a serial experiment.

    Attributes
    ----------
    wavelength : float
        Mean wavelength in Å.
    wavelength_jitter : float
        Relative standard deviation of the wavelength from shot to shot.
    bandwidth : float
        Relative full width at half maximum of one shot's spectrum.
    mosaicity : float
        Standard deviation of the orientation of mosaic blocks in degrees.
    domain_size : float
        Diameter of a mosaic block in Å.
    crystals_per_shot : float
        Mean of the Poisson distributed number of crystals in the beam.
    photons : float
        Expected photons of a reflection of mean squared amplitude, in the exact Bragg position of a monochromatic
        beam, from large mosaic blocks, before the Lorentz and polarisation factors.
    intensity_spread : float
        Standard deviation of the logarithms of pulse energy and, independently, of crystal volume.
    point_spread : float
        Standard deviation of a spot that only the detector broadens, in pixels.
    """

    wavelength: float = 1.3
    wavelength_jitter: float = 0.001
    bandwidth: float = 0.001
    mosaicity: float = 0.1
    domain_size: float = 1000.0
    crystals_per_shot: float = 2.0
    photons: float = 20.0
    intensity_spread: float = 0.5
    point_spread: float = 0.7

    def __post_init__(self):
        for name in ("wavelength", "mosaicity", "domain_size", "photons", "point_spread"):
            if getattr(self, name) <= 0:
                raise InputError(f"Stills: {name} is {getattr(self, name)}, give a positive number.")
        for name in ("wavelength_jitter", "bandwidth", "crystals_per_shot", "intensity_spread"):
            if getattr(self, name) < 0:
                raise InputError(f"Stills: {name} is {getattr(self, name)}, give zero or a positive number.")


@dataclass(frozen=True)
class Spots:
    """Bragg spots, one entry a spot, ordered by shot.

    Attributes
    ----------
    shot : numpy.ndarray of int, shape (n,)
    hkl : numpy.ndarray of int, shape (n, 3)
    panel : numpy.ndarray of int, shape (n,)
    position : numpy.ndarray, shape (n, 2)
        Centre of the spot on the panel, fast and slow, in pixels; the first pixel spans 0 to 1.
    radial : numpy.ndarray, shape (n, 2)
        Unit vector away from the beam on the panel, fast and slow.
    sigma : numpy.ndarray, shape (n, 2)
        Standard deviation along and across `radial`, in pixels.
    photons : numpy.ndarray, shape (n,)
        Expected number of photons.
    """

    shot: np.ndarray
    hkl: np.ndarray
    panel: np.ndarray
    position: np.ndarray
    radial: np.ndarray
    sigma: np.ndarray
    photons: np.ndarray

    def __len__(self) -> int:
        return len(self.shot)

    def __getitem__(self, selection) -> Spots:
        return Spots(*(getattr(self, field.name)[selection] for field in fields(self)))

    @staticmethod
    def concatenate(parts: list[Spots]) -> Spots:
        return Spots(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Spots)))


@dataclass(frozen=True)
class Stills:
    """Simulated shots and their spots.

    Attributes
    ----------
    detector : dxtbx.model.Detector
    wavelength : numpy.ndarray, shape (n_shots,)
        Of each shot, Å.
    pulse_energy : numpy.ndarray, shape (n_shots,)
        Of each shot, median 1.
    spots : Spots
    """

    detector: object
    wavelength: np.ndarray
    pulse_energy: np.ndarray
    spots: Spots


def simulate_spots(
    reflections: CrystalReflections,
    detector,
    n_shots: int,
    seed: int,
    conditions: StillsConditions | None = None,
) -> Stills:
    """Simulate the Bragg spots of randomly oriented crystals, without rendering images.

    A reflection is seen where mosaic blocks, the spectrum and the finite size of the blocks together bridge its
    deviation from the Bragg position; each bridges its share of the variance (all three taken as normal), and the
    share decides the spot's place: blocks that are turned leave 2θ alone, another wavelength or a displacement in
    reciprocal space do not. The integrated intensity is that of a crystal turned through the Ewald sphere, with
    the Lorentz factor 1/sin 2θ (Warren, X-ray Diffraction, 1969, eq. 4.7) and the factor of a linearly polarised beam.

    Parameters
    ----------
    reflections : CrystalReflections
    detector : dxtbx.model.Detector
        Any number of flat panels; their parallax is applied.
    n_shots : int
    seed : int
        The same seed gives the same spots.
    conditions : StillsConditions, optional

    Returns
    -------
    Stills

    Raises
    ------
    InputError
        If there are no shots to simulate.
    """
    if n_shots < 1:
        raise InputError(f"Stills: {n_shots} shots asked for, give at least 1.")
    conditions = conditions or StillsConditions()
    rng = np.random.default_rng(seed)
    wavelength = conditions.wavelength * (1 + conditions.wavelength_jitter * rng.standard_normal(n_shots))
    pulse_energy = np.exp(conditions.intensity_spread * rng.standard_normal(n_shots))
    parts = []
    for first in range(0, n_shots, BATCH):
        shots = np.arange(first, min(first + BATCH, n_shots))
        parts.append(_batch(reflections, detector, shots, wavelength, pulse_energy, conditions, rng))
    return Stills(detector, wavelength, pulse_energy, Spots.concatenate(parts))


def _batch(reflections, detector, shots, wavelength, pulse_energy, conditions, rng) -> Spots:
    shot_of_crystal = np.repeat(shots, rng.poisson(conditions.crystals_per_shot, len(shots)))
    n_crystals = len(shot_of_crystal)
    rotation = Rotation.random(n_crystals, random_state=rng).as_matrix() if n_crystals else np.empty((0, 3, 3))
    energy = pulse_energy[shot_of_crystal] * np.exp(conditions.intensity_spread * rng.standard_normal(n_crystals))

    vectors = reflections.reciprocal_vectors()
    size_q = 0.89 / conditions.domain_size * FWHM_TO_SIGMA  # Scherrer's width of a reciprocal lattice point
    mosaicity = np.radians(conditions.mosaicity)
    bandwidth = conditions.bandwidth * FWHM_TO_SIGMA

    def rocking_width(q, theta):
        return np.sqrt(mosaicity**2 + (bandwidth * np.tan(theta)) ** 2 + (size_q / (q * np.cos(theta))) ** 2)

    lengths = np.linalg.norm(vectors, axis=1)
    largest = np.arcsin(np.minimum(wavelength[shots].max() * lengths / 2, SIN_THETA_MAX))
    reach = MAX_DEVIATION * rocking_width(lengths, largest)
    crystal, h = near_sphere(BEAM_DIRECTION @ rotation, wavelength[shot_of_crystal], vectors, lengths, reach)

    q = lengths[h]
    turned = np.einsum("nij,nj->ni", rotation[crystal], vectors[h])
    # Elevation of the reciprocal vector out of the plane normal to the beam; Bragg's law wants it equal to theta.
    elevation = np.arcsin(np.clip(-(turned @ BEAM_DIRECTION) / q, -1, 1))
    theta = np.arcsin(wavelength[shot_of_crystal[crystal]] * q / 2)
    width = rocking_width(q, theta)
    deviation = elevation - theta
    bright = np.abs(deviation) < MAX_DEVIATION * width
    crystal, h, q, turned, theta = crystal[bright], h[bright], q[bright], turned[bright], theta[bright]
    deviation, width = deviation[bright], width[bright]
    shot = shot_of_crystal[crystal]
    share_spectrum = (bandwidth * np.tan(theta) / width) ** 2
    share_size = (size_q / (q * np.cos(theta) * width)) ** 2
    # Where the spectrum bridges its share, that other wavelength diffracts; where size does, another |q| does.
    wavelength_used = wavelength[shot] * (1 + deviation * share_spectrum / np.tan(theta))
    q_used = q * (1 + deviation * share_size * np.sin(theta) * np.cos(theta))
    two_theta = 2 * np.arcsin(np.clip(wavelength_used * q_used / 2, -1, 1))

    outward = turned - (turned @ BEAM_DIRECTION)[:, None] * BEAM_DIRECTION
    outward /= np.linalg.norm(outward, axis=1)[:, None]
    ray = np.cos(two_theta)[:, None] * BEAM_DIRECTION + np.sin(two_theta)[:, None] * outward
    radial = np.cos(two_theta)[:, None] * outward - np.sin(two_theta)[:, None] * BEAM_DIRECTION

    polarisation = 1 - (ray @ POLARIZATION) ** 2
    photons = conditions.photons * energy[crystal] * reflections.intensity[h] * polarisation / np.sin(two_theta)
    photons *= mosaicity / width * np.exp(-0.5 * (deviation / width) ** 2)
    # Angles: what is left of spectrum and size after their shares; mosaic blocks turned about the beam.
    spread_radial = np.hypot(2 * np.tan(theta) * bandwidth * np.sqrt(1 - share_spectrum), wavelength[shot] * size_q)
    spread_across = np.hypot(2 * np.sin(theta) * mosaicity, wavelength[shot] * size_q)
    strong = photons > MIN_PHOTONS
    columns = (shot, reflections.hkl[h], photons, ray, radial, np.stack([spread_radial, spread_across], axis=1))
    return _on_detector(detector, *(column[strong] for column in columns), conditions.point_spread)


@njit(cache=True)
def near_sphere(beam, wavelength, vectors, lengths, reach):
    """Crystals and reflections whose reciprocal vectors lie near the Ewald sphere, in order of the crystals.

    ``|sin(elevation) - sin(theta)|`` is at most the deviation, so that nothing within `reach` of it is missed.
    """
    crystal, reflection = [], []
    for i in range(len(beam)):
        for k in range(len(vectors)):
            along = beam[i, 0] * vectors[k, 0] + beam[i, 1] * vectors[k, 1] + beam[i, 2] * vectors[k, 2]
            sin_theta = wavelength[i] * lengths[k] / 2
            if sin_theta < SIN_THETA_MAX and abs(along / lengths[k] + sin_theta) < reach[k]:
                crystal.append(i)
                reflection.append(k)
    return np.array(crystal), np.array(reflection)


def _on_detector(detector, shot, hkl, photons, ray, radial, spread, point_spread) -> Spots:
    from dxtbx import flumpy

    parts = []
    for number, panel in enumerate(detector):
        fast, slow = np.array(panel.get_fast_axis()), np.array(panel.get_slow_axis())
        projected = ray @ np.array(panel.get_D_matrix()).reshape(3, 3).T
        with np.errstate(divide="ignore", invalid="ignore"):
            millimeters = projected[:, :2] / projected[:, 2:]
        # Parallax carries rays across the edges, by less than a millimetre.
        size = np.array(panel.get_image_size_mm())
        near = np.flatnonzero((projected[:, 2] > 0) & np.all(np.abs(millimeters - size / 2) < size / 2 + 1, axis=1))
        pixels = flumpy.to_numpy(panel.millimeter_to_pixel(flumpy.vec_from_numpy(millimeters[near])))
        on_panel = np.all((pixels >= 0) & (pixels < panel.get_image_size()), axis=1)
        inside, pixels = near[on_panel], pixels[on_panel]
        distance = 1 / projected[inside, 2]
        obliquity = np.abs(ray[inside] @ np.cross(fast, slow))
        pixel_size = panel.get_pixel_size()[0]
        sigma = distance[:, None] * spread[inside] / pixel_size
        sigma[:, 0] /= obliquity
        direction = radial[inside] @ np.stack([fast, slow], axis=1)
        parts.append(
            Spots(
                shot=shot[inside],
                hkl=hkl[inside],
                panel=np.full(len(inside), number),
                position=pixels,
                radial=direction / np.linalg.norm(direction, axis=1)[:, None],
                sigma=np.hypot(sigma, point_spread),
                photons=photons[inside],
            )
        )
    spots = Spots.concatenate(parts)
    return spots[np.argsort(spots.shot, kind="stable")]
