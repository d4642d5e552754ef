"""Compare augmented entries with their originals: table and figures.

``python -m mlindex_plugin.algorithms.simulate.augmentation training.h5 docs``
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import mlindex_plugin  # noqa: F401  (cctbx first)
from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.simulate.augmentation.augmentation import Augmentation
from mlindex_plugin.algorithms.simulate.augmentation.comparison import NAMES, PLACES, ks_distances
from mlindex_plugin.algorithms.simulate.dataset import open_dataset
from mlindex_plugin.errors import InputError

SEED = 0
_FOR_FIGURES = ("aP", "mP")


def run(args=None):
    """Print the distances of augmented entries, one of each training entry, and draw figures of two lattices.

    Parameters
    ----------
    args : list of str, optional
        The data set and the folder of the figures; those of the command line by default.
    """
    args = sys.argv[1:] if args is None else args
    if len(args) != 2:
        sys.exit("Give a data set (training.h5) and a folder for the figures (docs).")
    try:
        with open_dataset(args[0]) as dataset:
            entries, broadening = list(dataset.entries("training")), dataset.broadening
        compare(entries, broadening, Path(args[1]))
    except InputError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{args[1]}: figures cannot be written there ({error.strerror}); give a folder.")


def compare(entries, broadening, folder):
    """Augment every entry once, print the distances and draw the figures."""
    augmentation = Augmentation.fit(entries, broadening)
    middle = len(broadening) // 2
    made, original = augmentation.copy(entries, np.ones(len(entries), dtype=int), np.random.default_rng(SEED))
    print(
        f"{len(made)} copies of {len(entries)} entries; Kolmogorov-Smirnov distances at broadening {broadening[middle]}"
    )
    columns = (*NAMES, "volume", "lines", *(f"q2 {place}" for place in PLACES))
    print(f"| lattice | entries | {' | '.join(columns)} |", "|" + " --- |" * (len(columns) + 2), sep="\n")
    for lattice in filter(augmentation.line_statistics.get, LATTICES):
        copies = [copy for copy in made if copy.bravais_lattice == lattice]
        originals = [entries[i] for i, copy in zip(original, made, strict=True) if copy.bravais_lattice == lattice]
        distances = ks_distances(originals, copies, middle)
        shown = (f"{distances[name]:.2f}" if name in distances else "" for name in columns)
        n_entries = sum(entry.bravais_lattice == lattice for entry in entries)
        print(f"| {lattice} | {n_entries} | {' | '.join(shown)} |")
        if lattice in _FOR_FIGURES:
            _draw(augmentation, lattice, originals, copies, middle, folder)


def _draw(augmentation, lattice, originals, copies, middle, folder):
    from mlindex_plugin.algorithms.simulate.augmentation.figures import (
        covariance_figure,
        lines_figure,
        parameters_figure,
    )
    from mlindex_plugin.models.scaling import lattice_system

    scaling = augmentation.perturbations[lattice_system(lattice)].scaling
    statistics = augmentation.line_statistics[lattice][middle]
    figures = {
        "parameters": parameters_figure(scaling, originals, copies, middle),
        "covariance": covariance_figure(scaling, originals, copies),
        "lines": lines_figure(statistics, originals, copies, middle),
    }
    for name, figure in figures.items():
        figure.savefig(folder / f"augmentation_{lattice}_{name}.png", dpi=80)


if __name__ == "__main__":
    run()
