"""Which lines a measurement shows: start of the pattern, overlap, detection limit, chance."""

from __future__ import annotations

from numba import njit

from mlindex_plugin.algorithms.lattice import two_theta_from_q2
from mlindex_plugin.algorithms.simulate.experiment.geometry import TWO_THETA_MAX


@njit(cache=True)
def unite_close(position, intensity, present, resolution):
    """Unite or hide the lines of each pattern that are not resolved, in place.

    A line closer than half of `resolution` to the group before it joins that group, which is seen at its centre of
    intensity, at the column of its strongest line. Of lines or groups closer than `resolution` the weaker is a shoulder
    that is not seen, and the stronger stays where it is.

    Parameters
    ----------
    position : numpy.ndarray, shape (n, m)
        Ascending where `present`; centres of intensity on return.
    intensity : numpy.ndarray, shape (n, m)
        Sums on return.
    present : numpy.ndarray of bool, shape (n, m)
        False on return for lines that joined another or are hidden.
    resolution : numpy.ndarray, shape (n,)
    """
    n, m = position.shape
    for i in range(n):
        last, strongest = -1, 0.0
        for j in range(m):
            if not present[i, j]:
                continue
            if last < 0 or position[i, j] - position[i, last] >= resolution[i] / 2:
                last, strongest = j, intensity[i, j]
                continue
            total = intensity[i, last] + intensity[i, j]
            centre = position[i, last] + intensity[i, j] / total * (position[i, j] - position[i, last])
            if intensity[i, j] > strongest:
                present[i, last], last, strongest = False, j, intensity[i, j]
            else:
                present[i, j] = False
            position[i, last], intensity[i, last] = centre, total
        last = -1
        for j in range(m):
            if not present[i, j]:
                continue
            if last >= 0 and position[i, j] - position[i, last] < resolution[i]:
                weaker = j if intensity[i, j] <= intensity[i, last] else last
                present[i, weaker] = False
            if present[i, j]:
                last = j


def recorded(lines, experiments):
    """Lines that are there at all: not extinct, and between the start of the pattern and the largest angle.

    Parameters
    ----------
    lines : LineArrays
    experiments : Columns

    Returns
    -------
    numpy.ndarray of bool, shape (n, m)
    """
    two_theta = two_theta_from_q2(lines.q2, experiments.wavelength)
    inside = (two_theta >= experiments.two_theta_min) & (two_theta <= TWO_THETA_MAX)
    return lines.mask & inside & (lines.intensity > 0)


def seen(intensity, present, strongest, experiments, rng):
    """Which of the resolved lines are strong enough and not missed by chance.

    Parameters
    ----------
    intensity : numpy.ndarray, shape (n, m)
    present : numpy.ndarray of bool, shape (n, m)
    strongest : numpy.ndarray, shape (n, 1)
        Intensity of the strongest line of the pattern.
    experiments : Columns
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of bool, shape (n, m)
    """
    strong = intensity >= experiments.detection_limit * strongest
    return present & strong & (rng.random(intensity.shape) >= experiments.missing)
