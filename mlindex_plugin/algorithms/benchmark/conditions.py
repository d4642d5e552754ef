"""Conditions by name: what has been done to the lines of crystals, or which measured lists are searched."""

from __future__ import annotations

from dataclasses import dataclass

from mlindex_plugin.algorithms.simulate.experiment import Experiment, Preset, error_ladder, experiment_presets
from mlindex_plugin.errors import InputError
from mlindex_plugin.phil.words import split_words

# Numbers of the lists of observable lines that a data set has of a crystal, narrow lines first.
_NARROW, _MIDDLE = 0, 1
OPEN = ("tier_A", "tier_B", "tier_A_all_peaks", "tier_B_all_peaks", "smsfx_lists")
GOALS = ("ideal", "error", "zero_0.02", "zero_0.07", "smsfx")
_GOALS_OPEN = ("tier_A", "tier_B", "smsfx_lists")


@dataclass(frozen=True)
class Condition:
    """What makes peak lists of lines.

    Attributes
    ----------
    experiment : Experiment or Preset
        A preset draws another experiment for each list.
    breadth : int
        Number of the list of observable lines that it starts from. A preset hides lines by its own resolution and
        detection limit, so it starts from the longest list, that of narrow lines.
    """

    experiment: Experiment | Preset
    breadth: int


def simulated_conditions() -> dict[str, Condition]:
    """The error ladder, then the presets of instruments; ``ideal`` is both."""
    ladder = {name: Condition(experiment, _MIDDLE) for name, experiment in error_ladder().items()}
    presets = {name: Condition(preset, _NARROW) for name, preset in experiment_presets().items() if name != "ideal"}
    return ladder | presets


def chosen_conditions(words, with_data: bool, with_open_cases: bool) -> tuple[str, ...]:
    """Names of the conditions wanted, in the order of the ladder.

    Parameters
    ----------
    words : sequence of str or None
        Names, ``all``, or None for those of the project's goals.
    with_data, with_open_cases : bool
        Whether there are data sets to simulate from, and a folder of measured lists.

    Raises
    ------
    InputError
        For an unknown name, or one whose data are not there.
    """
    simulated = tuple(simulated_conditions())
    if words is None:
        words = (*GOALS * with_data, *_GOALS_OPEN * with_open_cases)
    names = split_words(words)
    if "all" in names:
        names += (*simulated * with_data, *OPEN * with_open_cases)
    known = (*simulated, *OPEN)
    unknown = [name for name in names if name not in (*known, "all")]
    if unknown:
        raise InputError(
            f"benchmark.conditions={unknown[0]}: no such condition; choose all or some of {' '.join(known)}."
        )
    chosen = tuple(name for name in known if name in names)
    if not chosen:
        raise InputError("nothing to search: name data sets of dials.mlindex_dataset, or set benchmark.open_cases.")
    for name in chosen:
        if name in simulated and not with_data:
            raise InputError(f"benchmark.conditions={name} needs data sets of dials.mlindex_dataset; name some.")
        if name in OPEN and not with_open_cases:
            raise InputError(
                f"benchmark.conditions={name} needs the folder of measured lists; set benchmark.open_cases."
            )
    return chosen
