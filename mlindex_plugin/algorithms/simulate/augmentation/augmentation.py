"""Augmentation: perturbed copies of entries with lines drawn anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.lattice import volumes_from_cells
from mlindex_plugin.algorithms.simulate.augmentation.allocation import allocate_copies
from mlindex_plugin.algorithms.simulate.augmentation.allowed import allowed_lines_of_cells
from mlindex_plugin.algorithms.simulate.augmentation.line_statistics import LineStatistics
from mlindex_plugin.algorithms.simulate.augmentation.perturbation import Perturbation
from mlindex_plugin.algorithms.simulate.augmentation.resampling import resample
from mlindex_plugin.algorithms.simulate.entry import Entry, Lines
from mlindex_plugin.algorithms.simulate.entry_lines import BROADENING, N_LINES
from mlindex_plugin.errors import InputError
from mlindex_plugin.models.scaling import Scaling, lattice_system

_BATCH = 500  # copies whose allowed lines are in memory at once


@dataclass(frozen=True)
class Augmentation:
    """What augmentation knows of the training entries; section 2.1.6 of the methods document.

    Attributes
    ----------
    perturbations : mapping of str to Perturbation
        By lattice system.
    line_statistics : mapping of str to tuple of LineStatistics
        By Bravais lattice, one for each broadening.
    """

    perturbations: Mapping[str, Perturbation]
    line_statistics: Mapping[str, tuple[LineStatistics, ...]]

    @classmethod
    def fit(cls, entries, broadening=BROADENING) -> Augmentation:
        """Learn from entries, which should be those of the training side alone.

        Parameters
        ----------
        entries : sequence of Entry
            In the common setting, of any lattices.
        broadening : sequence of float
            Those of ``Entry.observable``.

        Returns
        -------
        Augmentation

        Raises
        ------
        InputError
            If a lattice system has too few entries to tell a spread from.
        """
        by_system, by_lattice = defaultdict(list), defaultdict(list)
        for entry in entries:
            by_system[lattice_system(entry.bravais_lattice)].append(entry)
            by_lattice[entry.bravais_lattice].append(entry)
        perturbations = {}
        for system, members in by_system.items():
            cells = np.array([entry.cell for entry in members])
            q2 = np.concatenate([lines.q2 for entry in members for lines in entry.observable])
            perturbations[system] = Perturbation.fit(Scaling.fit(system, cells, q2), cells)
        line_statistics = {lattice: _fit_lines(lattice, members, broadening) for lattice, members in by_lattice.items()}
        return cls(perturbations, line_statistics)

    def augment(self, entries, n, rng) -> tuple[list[Entry], np.ndarray]:
        """Make copies, of entries with rare space-group symbols first, at most ten of each.

        Parameters
        ----------
        entries : sequence of Entry
            Of one side of the split, or of both: a copy belongs on the side of its original.
        n : int
            Copies wanted.
        rng : numpy.random.Generator

        Returns
        -------
        copies : list of Entry
            Named ``<identifier>#<number>``, source ``augmented``. A few less than `n` where no perturbed cell of an
            entry stays in the common setting, or its lines are all below 2θ = 2°.
        original : numpy.ndarray of int
            Index in `entries` of each copy's original.

        Raises
        ------
        InputError
            If `n` is more than ten copies of each, or nothing was learned of the lattice of an entry.
        """
        return self.copy(entries, allocate_copies([entry.space_group for entry in entries], n, rng), rng)

    def copy(self, entries, copies, rng) -> tuple[list[Entry], np.ndarray]:
        """Make a given number of copies of each entry; the rest as for `augment`."""
        by_lattice = defaultdict(list)
        for i, (entry, n_copies) in enumerate(zip(entries, copies, strict=True)):
            by_lattice[entry.bravais_lattice] += [(i, number) for number in range(1, n_copies + 1)]
        made, original = [], []
        for lattice in sorted(by_lattice):
            wanted = by_lattice[lattice]
            if wanted and lattice not in self.line_statistics:
                raise InputError(f"Augmentation: it has not been fitted on {lattice} entries; fit it on some.")
            for start in range(0, len(wanted), _BATCH):
                for i, entry in self._batch(lattice, entries, wanted[start : start + _BATCH], rng):
                    made.append(entry)
                    original.append(i)
        return made, np.array(original, dtype=int)

    def _batch(self, lattice, entries, wanted, rng):
        originals = [entries[i] for i, _ in wanted]
        symbols = [entry.space_group for entry in originals]
        perturbation = self.perturbations[lattice_system(lattice)]
        cells, found = perturbation.perturb(lattice, symbols, np.array([entry.cell for entry in originals]), rng)
        allowed = allowed_lines_of_cells(lattice, symbols, cells)
        volumes = volumes_from_cells(cells)
        for k in np.flatnonzero(found):
            drawn = resample(allowed[k][0], volumes[k], self.line_statistics[lattice], rng)
            if all(selected.any() for selected in drawn):
                i, number = wanted[k]
                yield i, _entry(originals[k], number, cells[k], allowed[k], drawn)


def _fit_lines(lattice, entries, broadening):
    cells = np.array([entry.cell for entry in entries])
    lines = allowed_lines_of_cells(lattice, [entry.space_group for entry in entries], cells)
    allowed, volumes = [q2 for q2, _ in lines], volumes_from_cells(cells)
    return tuple(
        LineStatistics.fit(allowed, [entry.observable[j].q2 for entry in entries], volumes, factor)
        for j, factor in enumerate(broadening)
    )


def _entry(original, number, cell, allowed, drawn):
    q2, hkl = allowed
    intensity = _intensities(original, len(q2), np.any(drawn, axis=0))
    return Entry(
        identifier=f"{original.identifier}#{number}",
        source="augmented",
        bravais_lattice=original.bravais_lattice,
        space_group_number=original.space_group_number,
        space_group=original.space_group,
        formula=original.formula,
        cell=cell,
        change_of_basis="x,y,z",
        observable=tuple(Lines(q2[chosen], hkl[chosen], intensity[chosen]) for chosen in drawn),
        allowed=Lines(q2[:N_LINES], hkl[:N_LINES], intensity[:N_LINES]),
    )


def _intensities(original, n, observed):
    """The original's observed intensities in order of position, from the first again where there are more lines."""
    widest = max(original.observable, key=len)
    intensity = np.zeros(n)
    intensity[observed] = np.resize(widest.intensity, np.count_nonzero(observed))
    return intensity
