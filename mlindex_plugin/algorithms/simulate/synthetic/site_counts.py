"""Elements, repetitions and Wyckoff positions counted in CIFs."""

from __future__ import annotations

from collections import Counter
from functools import cache

from mlindex_plugin.algorithms.simulate.structure import read_structure
from mlindex_plugin.algorithms.simulate.synthetic.atomic_volumes import atomic_volume
from mlindex_plugin.algorithms.simulate.synthetic.counts import (
    HIDDEN_SYMMETRY,
    RE_SYMMETRISED_SOURCES,
    Counts,
    population_of,
)
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.algorithms.simulate.synthetic.statistics import LIGHT, MAX_ELEMENTS, MAX_REPETITIONS, rows_of
from mlindex_plugin.errors import InputError


def count_structure(path, source: str, counts: dict[str, Counts]) -> str | None:
    """Count elements, repetitions and Wyckoff positions of a CIF.

    Parameters
    ----------
    path : str or pathlib.Path
    source : str
        Of the index, for the population.
    counts : dict of str to Counts
        Added to.

    Returns
    -------
    str or None
        Why the file was not counted.
    """
    try:
        structure = read_structure(path)
    except InputError:
        return "not a usable CIF"
    info = structure.space_group_info()
    number = info.type().number()
    if number == 1 and not source.startswith(RE_SYMMETRISED_SOURCES):
        return HIDDEN_SYMMETRY
    scatterers = structure.scatterers()
    if any(scatterer.occupancy < 0.99 for scatterer in scatterers):
        return "partial occupancies"
    elements = [scatterer.element_symbol() or "" for scatterer in scatterers]
    if not all(_has_volume(element) for element in elements):
        return "an element without radii"
    own = counts[population_of(source, elements)]
    structure = structure.change_basis(info.type().cb_op())
    table = _wyckoff_table(number)
    letters = [table.mapping(structure.site_symmetry(s.site)).position().letter() for s in structure.scatterers()]
    _count_sites(own, number, elements, letters)
    return None


@cache
def _has_volume(element: str) -> bool:
    try:
        return atomic_volume(element) > 0
    except ValueError:
        return False


@cache
def _wyckoff_table(number: int):
    from cctbx import sgtbx

    return sgtbx.space_group_info(number=number).wyckoff_table()


def _count_sites(counts: Counts, number: int, elements, letters) -> None:
    from cctbx.eltbx import tiny_pse

    sites_of = Counter("H" if element == "D" else element for element in elements)
    index_of = {position.letter: i for i, position in enumerate(space_group(number).positions)}
    for row in rows_of(number):
        counts.n_structures[row] += 1
        counts.n_elements[row, min(len(sites_of), MAX_ELEMENTS - 1)] += 1
        for element, n in sites_of.items():
            counts.elements[row, tiny_pse.table(element).atomic_number()] += 1
            counts.repetitions[row, int(element in LIGHT), min(n, MAX_REPETITIONS - 1)] += 1
        for letter in letters:
            counts.freedoms[row, space_group(number).positions[index_of[letter]].n_free] += 1
    for letter in letters:
        counts.wyckoff[number - 1, index_of[letter]] += 1
