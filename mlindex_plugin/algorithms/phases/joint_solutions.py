"""Solutions of phases that were refined together, with the errors that they have together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlindex_plugin.algorithms.ranking import Entry, Solution, build_solution
from mlindex_plugin.algorithms.search import Observed


def joint_solutions(entries: Sequence[Entry], observed: Observed, wavelength: float | None) -> list[Solution]:
    """A solution of each phase, of rank 1.

    Phases share nothing but the zero shift. What the lines of the others say about it is to a phase a narrower prior:
    the errors of its cell and of the zero shift are then those of the normal matrix of all phases.

    Parameters
    ----------
    entries : sequence of Entry
        One a phase, refined together.
    observed : Observed
        The peaks on which they were.
    wavelength : float or None
        Å.
    """
    alone = [build_solution(entry, observed, 1, wavelength) for entry in entries]
    if not observed.shift_column.size:
        return alone
    prior = observed.shift_sigma**-2
    information = [one.zero_shift_sigma**-2 - prior for one in alone]
    shift_sigmas = [(prior + sum(information) - own) ** -0.5 for own in information]
    return [
        build_solution(entry, replace(observed, shift_sigma=sigma), 1, wavelength)
        for entry, sigma in zip(entries, shift_sigmas, strict=True)
    ]
