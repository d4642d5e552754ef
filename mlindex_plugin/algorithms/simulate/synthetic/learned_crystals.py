"""Crystals of learned contents: atoms on Wyckoff positions, a volume that they fill, a shape of the lattice."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.simulate.synthetic.atomic_volumes import atomic_volume
from mlindex_plugin.algorithms.simulate.synthetic.crystal import Crystal
from mlindex_plugin.algorithms.simulate.synthetic.shapes import cell_of_shape
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.algorithms.simulate.synthetic.statistics import LIGHT, shipped_statistics
from mlindex_plugin.algorithms.simulate.synthetic.verification import has_exact_symmetry

TRIES = 20  # with one number of elements


def draw(weights: np.ndarray, rng) -> int:
    """An index drawn with probability in proportion to its weight."""
    cumulated = np.cumsum(weights, dtype=float)
    return int(np.searchsorted(cumulated, rng.random() * cumulated[-1], side="right"))


def learned_crystal(population, number: int, rng) -> Crystal:
    """Draw a crystal of a population with learned statistics.

    The number of elements is drawn, then the elements, the sites of each, their Wyckoff positions and uniform
    coordinates, the volume given the sum of atomic volumes, and the shape. A crystal that is too large, or more
    symmetric than its space group, is drawn anew with as many elements; after 20 failures their number too.

    Parameters
    ----------
    population : Population
    number : int
        Of the space group.
    rng : numpy.random.Generator

    Returns
    -------
    Crystal
        Reference setting.
    """
    statistics = shipped_statistics()[population.name]
    while True:
        n_elements = draw(statistics.n_elements[statistics.row(number)], rng)
        for _ in range(TRIES):
            crystal = _attempt(population, statistics, number, n_elements, rng)
            if crystal is not None:
                return crystal


def _attempt(population, statistics, number: int, n_elements: int, rng) -> Crystal | None:
    group = space_group(number)
    elements = _draw_elements(statistics, number, n_elements, rng)
    chosen = _draw_positions(statistics, number, elements, population.max_atoms, rng)
    if chosen is None:
        return None
    positions = [position for _, position in chosen]
    sites = np.array([p.linear @ u + p.shift for p, u in zip(positions, rng.random((len(chosen), 3)), strict=True)])
    multiplicities = np.array([position.multiplicity for position in positions])
    atoms = np.array([element for element, _ in chosen])
    cell = draw_cell(population, statistics, number, atoms, multiplicities, rng)
    if cell is None or not has_exact_symmetry(group, np.unique(atoms, return_inverse=True)[1], sites):
        return None
    return Crystal(number, cell, atoms, sites - np.floor(sites), multiplicities, population.u_iso)


def _draw_elements(statistics, number, n_elements, rng) -> list[str]:
    from cctbx.eltbx import tiny_pse

    weights = statistics.elements[statistics.row(number)].astype(float)
    n_elements = min(n_elements, int(np.count_nonzero(weights)))
    chosen = []
    for _ in range(n_elements):
        atomic_number = draw(weights, rng)
        weights[atomic_number] = 0
        chosen.append(tiny_pse.table(atomic_number).symbol())
    return chosen


def _draw_positions(statistics, number, elements, max_atoms, rng):
    """Pairs of element and Wyckoff position; None where there are too many or the fixed positions are used up."""
    positions = space_group(number).positions
    weights = statistics.site_probabilities(number)
    repetitions = statistics.repetitions[statistics.row(number)]
    chosen = []
    for element in elements:
        for _ in range(draw(repetitions[int(element in LIGHT)], rng)):
            if not weights.any() or len(chosen) == max_atoms:
                return None
            i = draw(weights, rng)
            if positions[i].n_free == 0:
                weights[i] = 0
            chosen.append((element, positions[i]))
    return chosen or None


def draw_cell(population, statistics, number, atoms, multiplicities, rng) -> np.ndarray | None:
    """A cell for given atoms, shape (6,); None where the shape is no cell or the volume too large."""
    total = sum(m * atomic_volume(str(element)) for element, m in zip(atoms, multiplicities, strict=True))
    volume = np.exp(statistics.volume_density(number).sample_second(np.log(total), rng))
    if volume >= population.max_volume:
        return None
    lattice = space_group(number).bravais_lattice
    return cell_of_shape(lattice, statistics.shapes[lattice].sample(rng), volume)
