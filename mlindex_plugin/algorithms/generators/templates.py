"""Miller-index templates: what the first peaks of simulated cells are, solved for the peaks at hand."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numba import njit

from mlindex_plugin.algorithms.generators.random_cells import random_shapes
from mlindex_plugin.algorithms.lattice import (
    BravaisLattice,
    find_lines,
    hkl_design,
    lattice_table,
    unpack,
    xnn_from_cells,
)

_SEED = 20240827
_N_ITERATIONS = 10
_MOST_LINES = 1000
_OBSERVED = (0.5, 1.0)  # share of the lines of a simulated cell that make its peak list


@njit(cache=True, nogil=True)
def _first_lines(family, centring, reps, shapes, n_lines, hkl):
    """Miller indices of the first lines of each shape; the number of shapes that have them, stored first."""
    lines = np.empty(_MOST_LINES)
    codes = np.empty(_MOST_LINES, np.int64)
    done = 0
    for c in range(len(shapes)):
        limit = 1.0
        for _ in range(40):
            n = find_lines(family, centring, reps, shapes[c], limit, _MOST_LINES, lines, codes)
            if n >= n_lines or n < 0:
                break
            limit *= 1.6
        if n < n_lines:
            continue
        order = np.argsort(lines[:n])
        for i in range(n_lines):
            h, k, l = unpack(codes[order[i]])  # noqa: E741
            hkl[done, i, 0] = h
            hkl[done, i, 1] = k
            hkl[done, i, 2] = l
        done += 1
    return done


@lru_cache(maxsize=32)
def build_templates(lattice: BravaisLattice, n_peaks: int, n: int) -> np.ndarray:
    """Templates from simulated cells: each the Miller indices of one simulated peak list.

    Parameters
    ----------
    lattice : BravaisLattice
    n_peaks : int
        Peaks of a template.
    n : int
        Cells simulated; equal templates are kept once.

    Returns
    -------
    numpy.ndarray of int16, shape (at most n, n_peaks, 3)
    """
    rng = np.random.default_rng([_SEED, n_peaks])
    shapes = np.ascontiguousarray(xnn_from_cells(random_shapes(lattice, n, rng))[:, list(lattice.columns)])
    table = lattice_table(lattice.symbol)
    n_lines = int(np.ceil(n_peaks / _OBSERVED[0]))
    hkl = np.zeros((len(shapes), n_lines, 3), np.int16)
    done = _first_lines(table.family, table.centring, table.reps, shapes, n_lines, hkl)
    hkl = hkl[:done]
    share = rng.uniform(*_OBSERVED, (done, 1))
    # the first n_peaks of the lines that survive a coin of the list's own bias
    missing_last = np.where(rng.random((done, n_lines)) < share, 0, 1)
    order = np.argsort(missing_last, axis=1, kind="stable")[:, :n_peaks]
    chosen = np.sort(order, axis=1)
    return np.unique(np.take_along_axis(hkl, chosen[:, :, None], axis=1), axis=0)


def solve_templates(design: np.ndarray, q2: np.ndarray) -> np.ndarray:
    """Solve templates for xnn by re-weighted least squares with reordering.

    Weights start as 1/q2 and become 1/sqrt(q2 · |q2 - q2_calc|); the rows of a template are put into the order of
    their calculated positions until that order is stable (Moreau, ML-Index Methods 2024, section 2.2.3).

    Parameters
    ----------
    design : numpy.ndarray, shape (n, n_peaks, n_free)
        Rows of hkl_design.
    q2 : numpy.ndarray, shape (n_peaks,)
        Peaks, 1/Å².

    Returns
    -------
    numpy.ndarray, shape (m, n_free)
        Solved free xnn, 1/Å²; singular templates are left out.
    """
    weight = np.broadcast_to(1 / q2, design.shape[:2])
    for _ in range(_N_ITERATIONS):
        rows = design * weight[:, :, None]
        normal = np.einsum("tia,tib->tab", rows, rows)
        scale = np.sqrt(np.einsum("taa->ta", normal))
        regular = np.all(scale > 0, axis=1)
        normal, scale, rows, design, weight = (
            normal[regular],
            scale[regular],
            rows[regular],
            design[regular],
            weight[regular],
        )
        normal = normal / (scale[:, :, None] * scale[:, None, :]) + 1e-9 * np.eye(design.shape[2])
        rhs = np.einsum("tia,ti->ta", rows, weight * q2) / scale
        x = np.linalg.solve(normal, rhs[:, :, None])[:, :, 0] / scale
        q2_calc = np.einsum("tia,ta->ti", design, x)
        order = np.argsort(q2_calc, axis=1, kind="stable")
        if np.all(order == np.arange(len(q2))):
            break
        design = np.take_along_axis(design, order[:, :, None], axis=1)
        q2_calc = np.take_along_axis(q2_calc, order, axis=1)
        weight = 1 / np.sqrt(q2 * (np.abs(q2 - q2_calc) + 1e-10))
    return x


def template_cells(lattice: BravaisLattice, q2: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Candidates from templates drawn at random.

    Parameters
    ----------
    lattice : BravaisLattice
    q2 : numpy.ndarray, shape (n_peaks,)
        Peaks, 1/Å².
    n : int
        Templates to solve.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (at most n, n_free)
        Free xnn, 1/Å².
    """
    templates = build_templates(lattice, len(q2), 4000)
    picked = templates[rng.choice(len(templates), min(n, len(templates)), replace=False)]
    return solve_templates(hkl_design(lattice, picked), q2)
