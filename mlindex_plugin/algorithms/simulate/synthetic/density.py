"""Gaussian kernel densities: cell shapes, and volumes given the atoms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class KernelDensity:
    """Equal Gaussian kernels around sampled points.

    Attributes
    ----------
    centres : numpy.ndarray, shape (n, d)
    covariance : numpy.ndarray, shape (d, d)
        Of one kernel.
    """

    centres: np.ndarray
    covariance: np.ndarray

    def sample(self, rng) -> np.ndarray:
        """Draw one point, shape (d,)."""
        centre = self.centres[rng.integers(len(self.centres))].astype(float)
        if len(centre) == 0:
            return centre
        return centre + self._root @ rng.standard_normal(len(centre))

    @cached_property
    def _root(self) -> np.ndarray:
        """A matrix whose product with its transpose is the covariance, which may be singular."""
        values, vectors = np.linalg.eigh(self.covariance)
        return vectors * np.sqrt(np.maximum(values, 0))

    def sample_second(self, first: float, rng) -> float:
        """Draw the second coordinate of a density in the plane, given the first.

        Kernels count by their height at `first`; within a kernel the second coordinate is normal about its regression
        on the first.
        """
        (c11, c12), (_, c22) = self.covariance
        offset = first - self.centres[:, 0].astype(float)
        logarithm = -0.5 * offset**2 / c11
        weight = np.exp(logarithm - logarithm.max())
        cumulated = np.cumsum(weight)
        chosen = np.searchsorted(cumulated, rng.random() * cumulated[-1])
        mean = float(self.centres[chosen, 1]) + c12 / c11 * offset[chosen]
        return mean + np.sqrt(max(c22 - c12**2 / c11, 0.0)) * rng.standard_normal()


def scott_covariance(points: np.ndarray) -> np.ndarray:
    """Covariance of a kernel by Scott's rule, n^(-2/(d+4)) times that of the points.

    Scott, D. W., Multivariate Density Estimation (1992), Eq. 6.42.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, d)

    Returns
    -------
    numpy.ndarray, shape (d, d)
    """
    n, d = points.shape
    if d == 0 or n < 2:
        return np.zeros((d, d))
    return np.cov(points, rowvar=False).reshape(d, d) * n ** (-2 / (d + 4))
