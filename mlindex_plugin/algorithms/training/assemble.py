"""Training sets from data sets: experiments of many kinds, augmented copies, a held-out slice."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES, free_xnn
from mlindex_plugin.algorithms.simulate.augmentation import Augmentation
from mlindex_plugin.algorithms.simulate.augmentation.allocation import MOST_COPIES
from mlindex_plugin.algorithms.simulate.experiment import LineArrays, experiment_preset, simulate_peaks
from mlindex_plugin.algorithms.training.crystals import Crystals, crystals_of_entries, join_crystals, read_crystals
from mlindex_plugin.algorithms.training.enough_crystals import refuse_too_few
from mlindex_plugin.algorithms.training.groups import Groups, make_groups
from mlindex_plugin.algorithms.training.training_set import N_PEAKS, TrainingSet
from mlindex_plugin.errors import InputError

logger = logging.getLogger(__name__)

SHARES = {"ideal": 0.4, "laboratory": 0.2, "synchrotron": 0.2, "smsfx": 0.2}
LISTS_A_CRYSTAL = 4  # at most
FEWEST_PEAKS = 10  # shorter lists are not trained on
MOST_VALIDATION_LISTS = 2000
_HELD_OUT_SHARE = 0.1
_N_LISTS = {"aP": 40_000, "mP": 40_000, "mC": 40_000, "oP": 40_000, "cP": 10_000, "cI": 10_000, "cF": 10_000}
_N_LISTS_OF_OTHERS = 20_000
_BLOCK = 1000  # lists simulated at once
_AUGMENTATION_SAMPLE = 2000  # crystals that tell augmentation the statistics of lines


@dataclass(frozen=True)
class Recipe:
    """How training sets are made.

    Attributes
    ----------
    n_lists : int or None
        Peak lists of a lattice, the held-out ones included; None: 40,000 for aP, mP, mC, oP, 10,000 for cubic
        lattices, 20,000 for others.
    shares : mapping of str to float
        Relative shares of the presets of experimental error; InputError if none is positive.
    """

    n_lists: int | None = None
    shares: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))

    def __post_init__(self):
        if not sum(self.shares.values()) > 0:
            raise InputError("experiment: every share is zero; give one preset a positive share.")


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The peak lists of one lattice.

    Attributes
    ----------
    training : TrainingSet
        To fit models on.
    held_out : TrainingSet
        Of the data sets' training side too, but of other families: to tell when to stop.
    validation : TrainingSet
        Of their validation side: to report on, never to choose by.
    """

    training: TrainingSet
    held_out: TrainingSet
    validation: TrainingSet


def assemble(paths: Sequence, symbol: str, recipe: Recipe, rng: np.random.Generator) -> TrainingData:
    """Make the training set of a lattice.

    A tenth of the families is held out. Each crystal gives the same number of lists, up to one, and at most four; a
    lattice with too few crystals for that is filled up with augmented copies (at most ten of each, rare symbols first,
    fitted on those that are not held out). Each list is one of the crystal's observable lists, of a breadth drawn at
    random, passed through an experiment of a preset drawn in given shares. Lists of fewer than ten peaks are dropped.

    Parameters
    ----------
    paths : sequence of str or pathlib.Path
        Data sets of ``dials.mlindex_dataset``.
    symbol : str
        Bravais lattice.
    recipe : Recipe
    rng : numpy.random.Generator

    Returns
    -------
    TrainingData

    Raises
    ------
    InputError
        If a file is no data set, or the lattice has too few crystals.
    """
    shares = _probabilities(recipe.shares)
    sides = read_crystals(paths, symbol)
    crystals, validation = sides["training"], sides["validation"]
    refuse_too_few(paths, {symbol: len(crystals)})
    n_lists = recipe.n_lists or _N_LISTS.get(symbol, _N_LISTS_OF_OTHERS)
    held_out = np.isin(crystals.family, _drawn_families(crystals.family, rng))
    n_held_out = round(n_lists * held_out.mean())
    filled = _filled_up(crystals.take(~held_out), symbol, n_lists - n_held_out, rng)
    held_out, validation = crystals.take(held_out), validation.take(_at_most(len(validation), rng))
    groups = make_groups(symbol, filled.space_group)
    if groups.merged:
        small = ", ".join(f"{name} ({n})" for name, n in groups.merged.items())
        logger.info("%s: groups with too few crystals are merged into %s: %s", symbol, groups.largest, small)

    def lists(some, n):
        return _peak_lists(symbol, some, _dealt(len(some), n, rng), groups, shares, rng)

    data = TrainingData(
        lists(filled, n_lists - n_held_out), lists(held_out, n_held_out), lists(validation, len(validation))
    )
    logger.info(
        "%s: %d crystals, %d copies; %d lists to train on, %d held out, %d for validation",
        symbol,
        len(crystals),
        len(filled) + len(held_out) - len(crystals),
        *(len(one) for one in (data.training, data.held_out, data.validation)),
    )
    return data


def _probabilities(shares: Mapping[str, float]) -> dict[str, float]:
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()}


def _drawn_families(family, rng):
    """Families to hold out: at least one, and at least one is left."""
    families = np.unique(family)
    return rng.permutation(families)[: max(1, round(_HELD_OUT_SHARE * len(families)))]


def _at_most(n, rng):
    return np.sort(rng.permutation(n)[:MOST_VALIDATION_LISTS])


def _filled_up(crystals: Crystals, symbol: str, n_lists: int, rng) -> Crystals:
    """The crystals, with augmented copies where they are too few for `n_lists`."""
    missing = -(-n_lists // LISTS_A_CRYSTAL) - len(crystals)
    if missing <= 0:
        return crystals
    entries = crystals.entries(symbol)
    sample = rng.permutation(len(entries))[:_AUGMENTATION_SAMPLE]
    augmentation = Augmentation.fit([entries[i] for i in sample])
    copies, original = augmentation.augment(entries, min(missing, MOST_COPIES * len(entries)), rng)
    if not copies:
        return crystals
    return join_crystals([crystals, crystals_of_entries(copies, crystals.family[original], crystals.q2.shape[2])])


def _dealt(n_crystals: int, n_lists: int, rng) -> np.ndarray:
    """Index of the crystal of each list: each crystal as often as the others, up to one."""
    n_lists = min(n_lists, LISTS_A_CRYSTAL * n_crystals)
    each, more = divmod(n_lists, max(n_crystals, 1))
    return np.sort(np.concatenate([np.tile(np.arange(n_crystals), each), rng.permutation(n_crystals)[:more]]))


def _peak_lists(symbol, crystals, index, groups: Groups, shares, rng) -> TrainingSet:
    """Peak lists of the crystals `index`, each through an experiment of its own."""
    breadth = rng.integers(crystals.q2.shape[1], size=len(index))
    preset = rng.choice(len(shares), size=len(index), p=list(shares.values()))
    q2 = np.full((len(index), N_PEAKS), np.nan)
    hkl = np.zeros((len(index), N_PEAKS, 3), np.int16)
    for number, name in enumerate(shares):
        of_preset = np.flatnonzero(preset == number)
        for start in range(0, len(of_preset), _BLOCK):
            rows = of_preset[start : start + _BLOCK]
            chosen = index[rows], breadth[rows]
            q2[rows], hkl[rows] = measured_lists(crystals, chosen, experiment_preset(name), rng)
    kept = np.isfinite(q2).sum(axis=1) >= FEWEST_PEAKS
    index = index[kept]
    cells = crystals.cells[index]
    return TrainingSet(
        symbol=symbol,
        q2=q2[kept],
        hkl=hkl[kept],
        x=free_xnn(LATTICES[symbol], cells),
        cells=cells,
        group=groups.number(crystals.space_group[index]),
        groups=groups.names,
        family=crystals.family[index],
    )


def measured_lists(crystals: Crystals, chosen, preset, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Peak lists as an experiment would give them.

    Parameters
    ----------
    crystals : Crystals
    chosen : tuple of numpy.ndarray of int, each shape (n,)
        Row of the crystal and number of the breadth of each list.
    preset : Preset
        Of experimental error.
    rng : numpy.random.Generator

    Returns
    -------
    q2 : numpy.ndarray, shape (n, N_PEAKS)
        1/Å², nan beyond the last peak.
    hkl : numpy.ndarray of int16, shape (n, N_PEAKS, 3)
        0 0 0 for contaminants and beyond the last peak.
    """
    exact = crystals.q2[chosen]
    present = np.isfinite(exact)
    lines = LineArrays(np.where(present, exact, 0.0), np.where(present, crystals.intensity[chosen], 0.0), present)
    peaks = simulate_peaks(lines, preset.draw(len(exact), rng), rng, n_peaks=N_PEAKS)
    width = peaks.q2.shape[1]
    q2 = np.full((len(exact), N_PEAKS), np.nan)
    q2[:, :width] = np.where(peaks.mask, peaks.q2, np.nan)
    hkl = np.zeros((len(exact), N_PEAKS, 3), np.int16)
    of_lines = np.take_along_axis(crystals.hkl[chosen], np.maximum(peaks.line, 0)[:, :, None], axis=1)
    hkl[:, :width] = np.where(peaks.line[:, :, None] >= 0, of_lines, 0)
    return q2, hkl
