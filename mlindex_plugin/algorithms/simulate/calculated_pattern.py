"""Powder lines of a crystal structure, and those of them that a measured pattern would show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.integrate import trapezoid
from scipy.signal import find_peaks

from mlindex_plugin.algorithms.lattice import q2_from_two_theta, two_theta_from_q2
from mlindex_plugin.algorithms.simulate.pattern_kernels import lines_of_peaks, sum_of_gaussians
from mlindex_plugin.algorithms.simulate.structure import structure_factors
from mlindex_plugin.errors import InputError

CU_WAVELENGTH = 1.54
MO_WAVELENGTH = 0.7107
CU_TWO_THETA_MAX = 60.0
D_MIN_EXTENDED = 0.77

# The range of a Cu Kα pattern from 2θ = 2° to 60°, whatever wavelength the pattern is calculated for.
Q2_MIN = q2_from_two_theta(2.0, CU_WAVELENGTH)
CU_Q2_MAX = q2_from_two_theta(CU_TWO_THETA_MAX, CU_WAVELENGTH)
EXTENDED_TWO_THETA_MAX = 2 * np.degrees(np.arcsin(MO_WAVELENGTH / (2 * D_MIN_EXTENDED)))

# Breadth of a line, beta0 + beta1 * q2: the average of smSFX patterns.
BETA_0 = 0.0001
BETA_1 = 0.005


@dataclass(frozen=True)
class PowderLines:
    """Powder lines, one row for each distinct position.

    Attributes
    ----------
    q2 : numpy.ndarray, shape (n,)
        Exact positions in 1/Å², ascending.
    hkl : numpy.ndarray of int, shape (n, 3)
        Miller indices of the strongest reflection of the line, in the setting of the structure.
    intensity : numpy.ndarray, shape (n,)
        |F|² times multiplicity times Lorentz-polarisation factor, summed over the reflections of the line.
    wavelength : float
        Å, of the Lorentz-polarisation factor.
    two_theta_max : float
        Degrees; the lines are complete up to here.
    """

    q2: np.ndarray
    hkl: np.ndarray
    intensity: np.ndarray
    wavelength: float
    two_theta_max: float

    def __len__(self) -> int:
        return len(self.q2)


def lorentz_polarisation(q2, wavelength):
    """Lorentz-polarisation factor of a powder line, unpolarised beam, no monochromator.

    (1 + cos² 2θ) / (sin² θ cos θ); Cullity & Stock, Elements of X-ray Diffraction (2001), Eq. 4-12.

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n,)
        1/Å².
    wavelength : float
        Å.

    Returns
    -------
    numpy.ndarray, shape (n,)
    """
    sin2 = np.asarray(q2) * wavelength**2 / 4
    cos_two_theta = 1 - 2 * sin2
    return (1 + cos_two_theta**2) / (sin2 * np.sqrt(1 - sin2))


def allowed_lines(structure, wavelength=CU_WAVELENGTH, two_theta_max=CU_TWO_THETA_MAX):
    """Calculate every powder line that the space group of a structure allows, up to a scattering angle.

    Reflections whose positions agree to 1e-9 1/Å², by symmetry or by the metric, make one line. The intensity is 0
    where the atoms extinguish an allowed line.

    Parameters
    ----------
    structure : cctbx.xray.structure
    wavelength : float
        Å.
    two_theta_max : float
        Degrees.

    Returns
    -------
    PowderLines

    Raises
    ------
    InputError
        If the cell has no reflection up to `two_theta_max`, or the atoms scatter nothing.
    """
    d_min = wavelength / (2 * np.sin(np.radians(two_theta_max / 2)))
    f_calc = structure_factors(structure, float(d_min))
    if f_calc.size() == 0:
        raise InputError(f"structure: no reflection above d = {d_min:.3f} Å; raise two_theta_max.")
    multiplicity = f_calc.multiplicities().data().as_numpy_array()
    q2 = f_calc.d_star_sq().data().as_numpy_array()
    hkl = np.array(f_calc.indices(), dtype=int)
    return merge_reflections(
        q2, hkl, multiplicity * np.abs(f_calc.data().as_numpy_array()) ** 2, wavelength, two_theta_max
    )


def merge_reflections(q2, hkl, intensity, wavelength, two_theta_max):
    """Powder lines of unique reflections.

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n,)
        1/Å², in any order.
    hkl : numpy.ndarray of int, shape (n, 3)
    intensity : numpy.ndarray, shape (n,)
        |F|² times multiplicity.
    wavelength, two_theta_max : float
        Å and degrees; the reflections are complete up to there.

    Returns
    -------
    PowderLines
        With the intensities times the Lorentz-polarisation factor; 0 for lines that the atoms extinguish.

    Raises
    ------
    InputError
        If all intensities are zero.
    """
    intensity = intensity * lorentz_polarisation(q2, wavelength)
    order = np.argsort(q2, kind="stable")
    q2, intensity, hkl = q2[order], intensity[order], hkl[order]
    if not intensity.max() > 0:
        raise InputError("structure: the atoms scatter nothing; check their types and occupancies.")
    starts = np.flatnonzero(np.diff(q2, prepend=-1.0) > 1e-9)
    line = np.cumsum(np.diff(q2, prepend=-1.0) > 1e-9) - 1
    by_strength = np.lexsort((-intensity, line))
    summed = np.add.reduceat(intensity, starts)
    # Absences by special positions come out of the Fourier transform as a little more than zero.
    summed[summed <= 1e-10 * summed.max()] = 0.0
    return PowderLines(q2[starts], hkl[by_strength[starts]], summed, wavelength, two_theta_max)


def powder_lines(structure, wavelength=CU_WAVELENGTH, two_theta_max=CU_TWO_THETA_MAX):
    """The lines of `allowed_lines` that the atoms do not extinguish; parameters and errors are the same."""
    return present(allowed_lines(structure, wavelength, two_theta_max))


def present(lines):
    """The lines of non-zero intensity, PowderLines."""
    return subset(lines, lines.intensity > 0)


def subset(lines, chosen):
    """PowderLines of a mask or of indices."""
    return PowderLines(
        lines.q2[chosen], lines.hkl[chosen], lines.intensity[chosen], lines.wavelength, lines.two_theta_max
    )


@cache
def _grid(wavelength, two_theta_max, step):
    """Points even in 2θ from 2° of Cu Kα on, 1/Å²."""
    two_theta_min = two_theta_from_q2(Q2_MIN, wavelength)
    n = int(round((two_theta_max - two_theta_min) / step)) + 1
    grid = q2_from_two_theta(two_theta_min + step * np.arange(n), wavelength)
    grid.flags.writeable = False
    return grid


def pattern_of(lines, step=0.01, broadening=1.0):
    """Sum of Gaussians in q2, normalised to unit integral over q2 up to 2θ = 60° of Cu Kα.

    Parameters
    ----------
    lines : PowderLines
    step : float
        Degrees in 2θ; the pattern begins at 2° of Cu Kα.
    broadening : float
        Factor of the breadth 0.0001 + 0.005 q2 of a line.

    Returns
    -------
    q2, density : numpy.ndarray, shape (m,)
        Grid, even in 2θ, in 1/Å²; density in Å².
    """
    grid = _grid(lines.wavelength, float(lines.two_theta_max), step)
    density = sum_of_gaussians(grid, lines.q2, broadening * (BETA_0 + BETA_1 * lines.q2), lines.intensity)
    inside = grid <= CU_Q2_MAX * (1 + 1e-12)
    return grid, density / trapezoid(density[inside], grid[inside])


def observable(lines, prominence=2.0, distance=5, broadening=1.0):
    """The lines that stand out as peaks of the calculated pattern.

    Peaks are found by their prominence in the pattern of `pattern_of`; each is then replaced by the strongest
    line within its breadth, or by the nearest line where none is, so that positions are exact. No line is
    used twice.

    Parameters
    ----------
    lines : PowderLines
    prominence : float
        Smallest prominence, in units of the pattern normalised over q2, Å².
    distance : int
        Smallest separation of two peaks in steps of the pattern.
    broadening : float
        Factor of the breadth of a line.

    Returns
    -------
    PowderLines
        A subset of `lines`, ascending.
    """
    grid, density = pattern_of(lines, broadening=broadening)
    peaks, _ = find_peaks(density, prominence=prominence, distance=distance)
    highest_first = grid[peaks[np.argsort(-density[peaks], kind="stable")]]
    reach = broadening * (BETA_0 + BETA_1 * highest_first)
    return subset(lines, lines_of_peaks(highest_first, reach, lines.q2, lines.intensity))


def observable_lines(structure, n_wanted=20):
    """Observable powder lines of a structure, Cu Kα to 60°, further where that shows too few.

    Where Cu Kα to 2θ = 60° shows fewer than `n_wanted` lines, the pattern is calculated anew to d = 0.77 Å with
    Mo Kα, on the same scale of prominence: Cu Kα would have to go to 2θ = 180°, where the Lorentz factor
    diverges.

    Parameters
    ----------
    structure : cctbx.xray.structure
    n_wanted : int

    Returns
    -------
    PowderLines
        All lines observable in the range, which may be fewer or more than `n_wanted`.

    Raises
    ------
    InputError
        If the structure gives no line up to 60°.
    """
    found = observable(powder_lines(structure))
    if len(found) >= n_wanted:
        return found
    return observable(powder_lines(structure, MO_WAVELENGTH, EXTENDED_TWO_THETA_MAX))
