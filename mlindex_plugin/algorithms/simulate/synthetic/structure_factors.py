"""Structure factors of a crystal given as arrays, by direct summation."""

from __future__ import annotations

from functools import cache
from math import exp, pi

import numpy as np
from numba import njit


def squared_amplitudes(group, crystal, hkl, q2) -> np.ndarray:
    """|F|² of reflections that the space group allows, without anomalous scattering.

    Atomic factors of Waasmaier & Kirfel (1995), Acta Cryst. A51, 416.

    Parameters
    ----------
    group : SpaceGroup
    crystal : Crystal
        In the reference setting of the group.
    hkl : numpy.ndarray of int, shape (n, 3)
    q2 : numpy.ndarray, shape (n,)
        1/Å².

    Returns
    -------
    numpy.ndarray, shape (n,)
        Electrons squared, for the conventional cell.
    """
    elements, kinds = np.unique(crystal.elements, return_inverse=True)
    factors = np.array([_atomic_factor(q2, crystal.u_iso, *_gaussians(element)) for element in elements])
    weights = crystal.multiplicities / group.order
    tables = _phase_tables(crystal.sites, np.abs(_equivalents(group, hkl)).max() if len(hkl) else 0)
    scale = group.n_centring * (2 if group.has_inversion_at_origin else 1)
    return scale**2 * _sum(
        hkl,
        group.rotations[group.primitive],
        group.translations[group.primitive],
        group.has_inversion_at_origin,
        factors,
        kinds,
        weights,
        tables.real.copy(),
        tables.imag.copy(),
    )


def _equivalents(group, hkl):
    return np.einsum("ni,oij->noj", hkl, group.rotations[group.primitive])


@cache
def _gaussians(element: str):
    from cctbx.eltbx import xray_scattering

    table = xray_scattering.wk1995(element, True).fetch()
    return np.array(table.array_of_a()), np.array(table.array_of_b()), table.c()


@njit(cache=True, fastmath=True)
def _atomic_factor(q2, u_iso, a, b, c):
    """Atomic factors of one element, with the displacements, shape of `q2`."""
    result = np.full(len(q2), c)
    for g in range(len(a)):
        for i in range(len(q2)):
            result[i] += a[g] * exp(-b[g] / 4 * q2[i])
    for i in range(len(q2)):
        result[i] *= exp(-2 * pi**2 * u_iso * q2[i])
    return result


def _phase_tables(sites, largest):
    """exp(2πi n x), shape (3, 2 * largest + 1, n atoms), for n from -largest on."""
    n = np.arange(-largest, largest + 1)
    return np.exp(2j * pi * n[None, :, None] * sites.T[:, None, :])


@njit(cache=True, fastmath=True)
def _sum(hkl, rotations, translations, centric, factors, kinds, weights, cosines, sines):
    n_atoms = len(kinds)
    zero = cosines.shape[1] // 2
    result = np.empty(len(hkl))
    amplitude = np.empty(n_atoms)
    for i in range(len(hkl)):
        for a in range(n_atoms):
            amplitude[a] = factors[kinds[a], i] * weights[a]
        real, imaginary = 0.0, 0.0
        for o in range(len(rotations)):
            index = np.zeros(3, np.int64)
            for j in range(3):
                for k in range(3):
                    index[j] += hkl[i, k] * rotations[o, k, j]
            cx, sx = cosines[0, zero + index[0]], sines[0, zero + index[0]]
            cy, sy = cosines[1, zero + index[1]], sines[1, zero + index[1]]
            cz, sz = cosines[2, zero + index[2]], sines[2, zero + index[2]]
            re, im = 0.0, 0.0
            for a in range(n_atoms):
                cxy = cx[a] * cy[a] - sx[a] * sy[a]
                sxy = cx[a] * sy[a] + sx[a] * cy[a]
                re += amplitude[a] * (cxy * cz[a] - sxy * sz[a])
                im += amplitude[a] * (cxy * sz[a] + sxy * cz[a])
            phase = (
                2
                * pi
                * (hkl[i, 0] * translations[o, 0] + hkl[i, 1] * translations[o, 1] + hkl[i, 2] * translations[o, 2])
            )
            real += re * np.cos(phase) - im * np.sin(phase)
            imaginary += re * np.sin(phase) + im * np.cos(phase)
        result[i] = real * real if centric else real * real + imaginary * imaginary
    return result
