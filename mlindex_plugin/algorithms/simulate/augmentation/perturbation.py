"""Unit cells perturbed along the correlations of the training cells, within the common setting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import direct_metric_from_cells, volumes_from_cells
from mlindex_plugin.models.scaling import Scaling

STEP = 0.2  # of the standard deviation of each component
# A compound's atoms keep their volumes to within this factor, whatever the shape of the cell.
MAX_VOLUME_RATIO = 2.0
TRIALS = 400


@dataclass(frozen=True)
class Perturbation:
    """How the cells of one lattice system are perturbed; section 2.1.6 of the methods document.

    Attributes
    ----------
    scaling : Scaling
    axes : numpy.ndarray, shape (n_free, n_free)
        Rows are the right singular vectors of the centred scaled parameters.
    deviations : numpy.ndarray, shape (n_free,)
        Standard deviation of each component; 1 for the only one of cubic cells, which is perturbed as it is.
    shortest : float
        Å, of the lengths of the training cells.
    """

    scaling: Scaling
    axes: np.ndarray
    deviations: np.ndarray
    shortest: float

    @classmethod
    def fit(cls, scaling, cells) -> Perturbation:
        """Perturbation from training cells, shape (n, 6), in Å and degrees."""
        scaled = scaling.scale_cells(cells)
        shortest = float(np.min(cells[:, :3]))
        if scaling.n_free == 1:
            return cls(scaling, np.eye(1), np.ones(1), shortest)
        _, singular, axes = np.linalg.svd(scaled - scaled.mean(axis=0), full_matrices=False)
        deviations = np.zeros(scaling.n_free)
        deviations[: len(singular)] = singular / np.sqrt(len(scaled))
        return cls(scaling, axes, deviations[: len(axes)], shortest)

    def perturb(self, bravais_lattice, space_groups, cells, rng) -> tuple[np.ndarray, np.ndarray]:
        """Perturb cells of one Bravais lattice; what leaves the common setting or is not physical is drawn again.

        Parameters
        ----------
        bravais_lattice : str
        space_groups : sequence of str, length n
            Symbols of the common setting.
        cells : numpy.ndarray, shape (n, 6)
            Å and degrees.
        rng : numpy.random.Generator

        Returns
        -------
        perturbed : numpy.ndarray, shape (n, 6)
        found : numpy.ndarray of bool, shape (n,)
            False for a cell, given back unchanged, of which no trial was accepted.
        """
        glide = np.array(["n" in symbol for symbol in space_groups], dtype=bool)
        scaled = self.scaling.scale_cells(cells)
        volumes = volumes_from_cells(cells)
        perturbed = np.array(cells, dtype=float)
        left = np.arange(len(cells))
        for _ in range(TRIALS):
            if not len(left):
                break
            steps = rng.standard_normal((len(left), len(self.axes))) * (STEP * self.deviations) @ self.axes
            trials = self.scaling.unscale_cells(scaled[left] + steps)
            ratio = volumes_from_cells(trials) / volumes[left]
            good = (trials[:, :3] >= self.shortest).all(axis=1)
            good &= (ratio > 1 / MAX_VOLUME_RATIO) & (ratio < MAX_VOLUME_RATIO)  # false where the volume is nan
            good &= in_common_setting(bravais_lattice, glide[left], trials)
            perturbed[left[good]] = trials[good]
            left = left[~good]
        found = np.ones(len(cells), dtype=bool)
        found[left] = False
        return perturbed, found


def in_common_setting(bravais_lattice, glide, cells) -> np.ndarray:
    """Whether cells are the ones that `to_common_setting` would choose.

    Parameters
    ----------
    bravais_lattice : str
    glide : numpy.ndarray of bool, shape (n,)
        Whether a primitive monoclinic cell has an n glide, so that its ac diagonal need not be its longest vector.
    cells : numpy.ndarray, shape (n, 6)
        Å and degrees.

    Returns
    -------
    numpy.ndarray of bool, shape (n,)
    """
    a, b, c = cells[:, :3].T
    if bravais_lattice in ("oP", "oI", "oF"):
        return (a <= b) & (b <= c)
    if bravais_lattice == "oC":
        return a <= b
    if bravais_lattice[0] not in "ma":
        return np.ones(len(cells), dtype=bool)
    metric = direct_metric_from_cells(cells)
    if bravais_lattice == "aP":
        last = metric.sum(axis=(1, 2))  # squared length of -(a + b + c)
        obtuse = (metric[:, [0, 0, 1], [1, 2, 2]] <= 0).all(axis=1) & (metric.sum(axis=2) >= 0).all(axis=1)
        return obtuse & (a <= b) & (b <= c) & (c * c <= last)
    product = metric[:, 0, 2]
    obtuse = (product <= 0) & (a * a + product >= 0) & (c * c + product >= 0)
    diagonal = a * a + c * c + 2 * product
    carried = glide if bravais_lattice == "mP" else np.ones(len(cells), dtype=bool)
    return obtuse & (a <= c) & (carried | (c * c <= diagonal))
