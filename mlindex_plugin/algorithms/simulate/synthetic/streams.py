"""Endless streams of synthetic crystals."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from mlindex_plugin.algorithms.simulate.entry import Entry
from mlindex_plugin.algorithms.simulate.preparation.common_setting import to_common_setting
from mlindex_plugin.algorithms.simulate.synthetic.crystal import Crystal
from mlindex_plugin.algorithms.simulate.synthetic.learned_crystals import draw, learned_crystal
from mlindex_plugin.algorithms.simulate.synthetic.molecular_crystals import molecular_crystal
from mlindex_plugin.algorithms.simulate.synthetic.peak_lists import NoLines, crystal_entry
from mlindex_plugin.algorithms.simulate.synthetic.populations import POPULATIONS, space_group_probabilities


def synthetic_crystals(population: str, rng, bravais_lattice: str | None = None) -> Iterator[Crystal]:
    """Crystals of a population without end, in the reference settings of their space groups.

    Parameters
    ----------
    population : str
        ``inorganic``, ``framework``, ``molecular`` or ``layered``.
    rng : numpy.random.Generator
        The same state gives the same crystals.
    bravais_lattice : str or None
        Only crystals of this lattice.

    Yields
    ------
    Crystal

    Raises
    ------
    InputError
        If there is no such population, or it has no crystals of that lattice.
    """
    probabilities = space_group_probabilities(population, bravais_lattice)
    chosen = POPULATIONS[population]
    make = learned_crystal if chosen.layered_share is None else molecular_crystal
    return (make(chosen, draw(probabilities, rng) + 1, rng) for _ in count())


def synthetic_structures(population: str, rng, bravais_lattice: str | None = None) -> Iterator:
    """Structures of a population without end, ``cctbx.xray.structure`` in the common setting.

    Parameters and errors are those of `synthetic_crystals`.
    """
    for crystal in synthetic_crystals(population, rng, bravais_lattice):
        yield crystal.structure().change_basis(to_common_setting(crystal.symmetry()).change_of_basis)


def synthetic_entries(population: str, rng, bravais_lattice: str | None = None, broadening=(1.0,)) -> Iterator[Entry]:
    """Entries of a population without end, their identifiers numbered from 0.

    Parameters and errors are those of `synthetic_crystals`; `broadening` has the factors of the breadth of a line, one
    list of observable lines for each. A crystal without any line up to 60° is passed over.
    """
    n = 0
    for crystal in synthetic_crystals(population, rng, bravais_lattice):
        try:
            entry = crystal_entry(crystal, f"{population}_{n}", population, broadening)
        except NoLines:
            continue
        n += 1
        yield entry
