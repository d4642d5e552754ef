"""Observed lines drawn from the allowed ones of a cell."""

from __future__ import annotations

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.simulate.augmentation.line_statistics import unresolved_distance
from mlindex_plugin.algorithms.simulate.calculated_pattern import Q2_MIN
from mlindex_plugin.algorithms.simulate.entry_lines import N_LINES


@njit(cache=True)
def _bracket(nodes, value):
    """Index of the node below a value, and the share of the node above."""
    value = min(max(value, nodes[0]), nodes[-1])
    i = min(max(np.searchsorted(nodes, value) - 1, 0), len(nodes) - 2)
    return i, (value - nodes[i]) / (nodes[i + 1] - nodes[i])


@njit(cache=True)
def acceptance_at(q2, log_gap, log_volume, q2_nodes, gap_nodes, volume_nodes, acceptance):
    """ρ_acc of one line by trilinear interpolation, as `LineStatistics.rho` gives it for many."""
    i, s = _bracket(q2_nodes, q2)
    j, t = _bracket(gap_nodes, log_gap)
    k, u = _bracket(volume_nodes, log_volume)
    total = 0.0
    for di in range(2):
        for dj in range(2):
            for dk in range(2):
                weight = (s if di else 1 - s) * (t if dj else 1 - t) * (u if dk else 1 - u)
                total += weight * acceptance[i + di, j + dj, k + dk]
    return total


@njit(cache=True)
def select_lines(q2, reach, first, uniforms, most, log_volume, q2_nodes, gap_nodes, volume_nodes, acceptance):
    """Step through the allowed lines and select some; the three cases of section 2.1.6 of the methods document.

    A line within `reach` of the selected line before it is rejected; another is accepted with probability ρ_acc, or
    half of it if the next allowed line, selected or not, is within `reach` behind it.

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n,)
        Allowed lines, ascending, 1/Å².
    reach : numpy.ndarray, shape (n,)
        Distance to which two lines give one peak, 1/Å².
    first : int
        Index of the first line selected.
    uniforms : numpy.ndarray, shape (n,)
        Random numbers from 0 to 1.
    most : int
        Lines selected at most.
    log_volume : float
        Logarithm of the cell volume in Å³.
    q2_nodes, gap_nodes, volume_nodes, acceptance : numpy.ndarray
        See `LineStatistics`.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
    """
    selected = np.zeros(len(q2), np.bool_)
    if first >= len(q2):
        return selected
    selected[first] = True
    previous, n = first, 1
    for i in range(first + 1, len(q2)):
        if n == most:
            break
        before = q2[i] - q2[i - 1]
        behind = q2[i + 1] - q2[i] if i + 1 < len(q2) else np.inf
        if q2[i] - q2[previous] < reach[i]:
            continue
        rho = acceptance_at(
            q2[i], np.log(min(before, behind)), log_volume, q2_nodes, gap_nodes, volume_nodes, acceptance
        )
        if uniforms[i] < (0.5 * rho if behind < reach[i] else rho):
            selected[i] = True
            previous = i
            n += 1
    return selected


def resample(q2, volume, statistics, rng) -> list[np.ndarray]:
    """Draw the observed lines of a cell, at several broadenings.

    The broadenings share their random numbers: what a sharp pattern shows is mostly what a broad one shows and more.

    Parameters
    ----------
    q2 : numpy.ndarray, shape (n,)
        Allowed lines, ascending, complete, 1/Å².
    volume : float
        Of the cell, Å³.
    statistics : sequence of LineStatistics
        One for each broadening.
    rng : numpy.random.Generator

    Returns
    -------
    list of numpy.ndarray of bool, shape (n,)
        For each broadening which of the allowed lines are observed, at most 60; none where every line is below
        2θ = 2° of Cu Kα.
    """
    start = int(np.searchsorted(q2, Q2_MIN))
    visible = q2[start:]
    quantile, uniforms = rng.random(), rng.random(len(visible))
    drawn = []
    for of_broadening in statistics:
        selected = np.zeros(len(q2), dtype=bool)
        selected[start:] = select_lines(
            visible,
            unresolved_distance(visible, of_broadening.broadening),
            min(of_broadening.first_line(quantile), max(len(visible) - 1, 0)),
            uniforms,
            N_LINES,
            np.log(volume),
            of_broadening.q2_nodes,
            of_broadening.gap_nodes,
            of_broadening.volume_nodes,
            of_broadening.acceptance,
        )
        drawn.append(selected)
    return drawn
