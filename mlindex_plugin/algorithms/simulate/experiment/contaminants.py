"""Lines of other origin: a second phase, and single lines of none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.lattice import q2_from_two_theta
from mlindex_plugin.algorithms.simulate.calculated_pattern import lorentz_polarisation
from mlindex_plugin.algorithms.simulate.experiment.experiment import CU_KALPHA1
from mlindex_plugin.algorithms.simulate.experiment.geometry import to_unit
from mlindex_plugin.algorithms.simulate.experiment.line_arrays import LineArrays
from mlindex_plugin.algorithms.simulate.experiment.missing import recorded
from mlindex_plugin.algorithms.simulate.experiment.peak_arrays import NOT_A_LINE, PeakArrays

SHORTEST_AXIS, LONGEST_AXIS = 3.5, 11.0  # Å
B_FACTOR = 1.0  # Å²
N_FIRST = 20  # single lines lie among the first lines, which the search uses
WEAKEST_SINGLE, STRONGEST_SINGLE = 0.01, 0.3  # of the strongest line
TRIES = 8  # places of single lines for each that is wanted, since some are too close to a line
SMALLEST_DISTANCE = {"two_theta": 0.01, "q": 1e-4}  # of a contaminant from another peak, where all is resolved


def random_phase(n, q2_max, rng) -> LineArrays:
    """Lines of small orthorhombic cells of random axes and structure factors.

    Structure factors are acentric (exponential intensities; Wilson 1949, Acta Cryst. 2, 318), times multiplicity,
    Lorentz-polarisation factor and exp(-B q2 / 2).

    Parameters
    ----------
    n : int
        Number of cells.
    q2_max : float
        1/Å²; lines above it are left out.
    rng : numpy.random.Generator

    Returns
    -------
    LineArrays, shape (n, m)
    """
    axes = rng.uniform(SHORTEST_AXIS, LONGEST_AXIS, (n, 3))
    q2_max = min(q2_max, 0.95 * (2 / CU_KALPHA1) ** 2)
    hkl = _hkl_to(q2_max)
    multiplicity = 2.0 ** (hkl > 0).sum(axis=1)
    q2 = (1 / axes**2) @ (hkl**2).T
    reached = q2 <= q2_max
    factor = lorentz_polarisation(np.where(reached, q2, 0.1), CU_KALPHA1) * np.exp(-B_FACTOR * q2 / 2)
    intensity = rng.exponential(size=q2.shape) * multiplicity * factor
    order = np.argsort(np.where(reached, q2, np.inf), axis=1)[:, : int(reached.sum(axis=1).max(initial=0))]
    return LineArrays(*(np.take_along_axis(values, order, axis=1) for values in (q2, intensity, reached)))


def _hkl_to(q2_max):
    """Indices that some cell has below q2_max: (h² + k² + l²) / LONGEST_AXIS² does not exceed it, shape (m, 3)."""
    largest = int(LONGEST_AXIS * np.sqrt(q2_max))
    hkl = np.indices([largest + 1] * 3).reshape(3, -1).T[1:]
    return hkl[(hkl**2).sum(axis=1) <= q2_max * LONGEST_AXIS**2]


def second_phase(contaminants: LineArrays, lines: LineArrays, columns) -> LineArrays:
    """A second phase on the intensity scale of the first, as far as the lines of the first go.

    Parameters
    ----------
    contaminants, lines : LineArrays
        Of the second and the first phase, n patterns each.
    columns : Columns

    Returns
    -------
    LineArrays
    """
    furthest = lines.q2.max(axis=1, where=lines.mask, initial=0.0)[:, None]
    mask = recorded(contaminants, columns) & (columns.phase_ratio > 0) & (contaminants.q2 <= furthest)
    wanted = columns.phase_ratio * lines.intensity.max(axis=1, where=lines.mask, initial=0.0)[:, None]
    own = contaminants.intensity.max(axis=1, where=mask, initial=0.0)[:, None]
    factor = np.divide(wanted, own, out=np.zeros_like(wanted), where=own > 0)
    return LineArrays(contaminants.q2, contaminants.intensity * factor, mask)


def single_lines(peaks: PeakArrays, strongest, columns, rng) -> PeakArrays:
    """Lines of no phase, strewn evenly in q2 from half the first line's to that of the 20th.

    Parameters
    ----------
    peaks : PeakArrays
        All other peaks.
    strongest : numpy.ndarray, shape (n, 1)
        Intensity of the strongest line; theirs are log-uniform between 1 and 30 % of it.
    columns : Columns
    rng : numpy.random.Generator

    Returns
    -------
    PeakArrays
    """
    shape = (len(peaks), TRIES * int(columns.n_contaminants.max(initial=0)))
    ascending = np.sort(np.where(peaks.mask, peaks.q2, np.inf), axis=1)[:, :N_FIRST]
    last = ascending.max(axis=1, where=np.isfinite(ascending), initial=0.0)[:, None]
    start = q2_from_two_theta(columns.two_theta_min, columns.wavelength)
    first = np.minimum(np.maximum(0.5 * ascending[:, :1], start), last)
    q2 = first + (last - first) * rng.random(shape)
    relative = WEAKEST_SINGLE * (STRONGEST_SINGLE / WEAKEST_SINGLE) ** rng.random(shape)
    tries = PeakArrays(q2, relative * strongest, q2 > 0, np.full(shape, NOT_A_LINE), q2)
    clear = visible_beside(peaks, tries, columns)
    position = to_unit(q2, columns.wavelength, columns.in_q)
    return replace(tries, mask=_apart(position, clear.mask, _smallest_distance(columns), columns.n_contaminants[:, 0]))


def visible_beside(peaks: PeakArrays, others: PeakArrays, columns) -> PeakArrays:
    """`others` without those that are not resolved from `peaks`."""
    here, there = (to_unit(each.q2, columns.wavelength, columns.in_q) for each in (peaks, others))
    return replace(others, mask=_resolved(here, peaks.mask, there, others.mask, _smallest_distance(columns)))


def _smallest_distance(columns) -> np.ndarray:
    """Of a contaminant from every other peak, shape (n,), in the unit of each pattern."""
    smallest = np.where(columns.in_q, SMALLEST_DISTANCE["q"], SMALLEST_DISTANCE["two_theta"])
    return np.maximum(columns.resolution, smallest)[:, 0]


@njit(cache=True)
def _resolved(here, here_mask, there, there_mask, distance):
    """Positions `there` that lie no nearer than `distance` to any of `here`, pattern by pattern."""
    resolved = there_mask.copy()
    for i in range(len(there)):
        for j in range(there.shape[1]):
            for k in range(here.shape[1]):
                if resolved[i, j] and here_mask[i, k] and abs(there[i, j] - here[i, k]) < distance[i]:
                    resolved[i, j] = False
    return resolved


@njit(cache=True)
def _apart(position, mask, distance, wanted):
    """The first `wanted` positions of each pattern that lie no nearer than `distance` to one taken before."""
    taken = np.zeros_like(mask)
    for i in range(len(position)):
        n_taken = 0
        for j in range(position.shape[1]):
            apart = mask[i, j] and n_taken < wanted[i]
            for k in range(j):
                if taken[i, k] and abs(position[i, j] - position[i, k]) < distance[i]:
                    apart = False
            if apart:
                taken[i, j] = True
                n_taken += 1
    return taken
