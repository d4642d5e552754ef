"""A search to be judged: a peak list, its truth, and where it belongs in the tables."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

import numpy as np

from mlindex_plugin.algorithms.benchmark.conditions import Condition
from mlindex_plugin.algorithms.benchmark.crystal_choice import crystals_of_part, shuffled, stream
from mlindex_plugin.algorithms.lattice import LATTICES, free_xnn, niggli_cell
from mlindex_plugin.algorithms.peaks import PeakList
from mlindex_plugin.algorithms.simulate import simulate_peak_list
from mlindex_plugin.errors import InputError

FEWEST_PEAKS = 20
FEWEST_PEAKS_CUBIC = 10


@dataclass(frozen=True)
class Truth:
    """The true cell.

    Attributes
    ----------
    bravais_lattice : str
    cell : tuple of 6 float
        Å and degrees, in the setting in which the lattice is searched.
    """

    bravais_lattice: str
    cell: tuple[float, ...]

    @property
    def niggli(self) -> tuple[float, ...]:
        """Niggli cell, Å and degrees."""
        return niggli_cell(LATTICES[self.bravais_lattice], self.cell)

    @property
    def x(self) -> np.ndarray:
        """Free xnn, shape (n_free,), 1/Å²."""
        return free_xnn(LATTICES[self.bravais_lattice], np.array(self.cell))


@dataclass(frozen=True)
class Search:
    """One search.

    Attributes
    ----------
    condition : str
    known_lattice : bool
        Whether only the true Bravais lattice is searched.
    name : str
        Of the crystal or of the measured list.
    peaks : PeakList
    truth : Truth
    about : dict
        What else is known of the list, as JSON values.
    """

    condition: str
    known_lattice: bool
    name: str
    peaks: PeakList
    truth: Truth
    about: dict = field(default_factory=dict)

    @property
    def list_digest(self) -> str:
        """Tells lists apart: equal where positions, errors and truth are."""
        digest = hashlib.sha256(f"{self.truth} {self.peaks.unit} {self.peaks.wavelength}".encode())
        for column in (self.peaks.q2, self.peaks.sigma, self.peaks.intensity):
            digest.update(b"" if column is None else np.ascontiguousarray(column, dtype=float).tobytes())
        return digest.hexdigest()[:16]

    def of_known_lattice(self) -> Search:
        """The same search with the Bravais lattice given."""
        return replace(self, known_lattice=True)


def crystal_searches(
    paths, symbol: str, conditions: dict[str, Condition], part: str, n: int, list_length: int, seed: int
) -> list[Search]:
    """Searches of simulated lists of one lattice.

    The crystals of a condition are the first `n`, in an order that the seed gives, whose list has at least 20 peaks
    (10 of cubic lattices). A list depends on seed, condition and crystal alone.

    Parameters
    ----------
    paths : sequence of str or pathlib.Path
        Data sets of ``dials.mlindex_dataset``.
    symbol : str
        Bravais lattice.
    conditions : dict of str to Condition
        By name.
    part : str
        ``development``, ``test`` or ``unseen``.
    n : int
        Lists of each condition, at most.
    list_length : int
        Peaks of a list, at most.
    seed : int

    Raises
    ------
    InputError
        If a file cannot be read as a data set.
    """
    crystals = shuffled(crystals_of_part(paths, symbol, part), seed)
    fewest = FEWEST_PEAKS_CUBIC if LATTICES[symbol].system == "cubic" else FEWEST_PEAKS
    searches = []
    for name, condition in conditions.items():
        found = 0
        for i in range(len(crystals)):
            if found == n:
                break
            one = _simulated(crystals, i, symbol, name, condition, seed)
            if one is not None and len(one.peaks) >= fewest:
                searches.append(replace(one, peaks=first_peaks(one.peaks, list_length)))
                found += 1
    return searches


def _simulated(crystals, i: int, symbol: str, name: str, condition: Condition, seed: int) -> Search | None:
    lines = crystals.lines(i, condition.breadth)
    crystal = str(crystals.identifier[i])
    rng = np.random.default_rng(stream(seed, name, crystal))
    try:
        peaks, truth = simulate_peak_list(lines, condition.experiment, rng)
    except InputError:  # fewer than three peaks are left
        return None
    experiment = truth.experiment
    about = {
        "source": str(crystals.source[i]),
        "space_group": str(crystals.space_group[i]),
        "n_contaminants": int(truth.is_contaminant.sum()),
        "zero_shift": round(float(experiment.zero_shift), 5),
        "sigma": float(f"{experiment.sigma:.3g}"),
    }
    peaks = replace(peaks, source=crystal)
    return Search(name, False, crystal, peaks, Truth(symbol, tuple(crystals.cells[i].tolist())), about)


def first_peaks(peaks: PeakList, n: int) -> PeakList:
    """The lowest n peaks."""
    intensity = None if peaks.intensity is None else peaks.intensity[:n]
    return replace(peaks, q2=peaks.q2[:n], sigma=peaks.sigma[:n], intensity=intensity)
