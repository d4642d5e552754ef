"""Molecular and layered crystals: known proportions in the place of statistics that the files cannot give."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.lattice import volumes_from_cells
from mlindex_plugin.algorithms.simulate.synthetic.crystal import Crystal
from mlindex_plugin.algorithms.simulate.synthetic.learned_crystals import draw
from mlindex_plugin.algorithms.simulate.synthetic.molecules import grow_molecule, place_molecule
from mlindex_plugin.algorithms.simulate.synthetic.shapes import cell_of_shape
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.algorithms.simulate.synthetic.statistics import ENOUGH, shipped_statistics
from mlindex_plugin.algorithms.simulate.synthetic.verification import has_exact_symmetry

VOLUME_PER_ATOM = 18.0  # Å³ per non-hydrogen atom
VOLUME_SPREAD = 0.06  # relative
AXES = (4.0, 60.0)  # Å
LAYERED_LATTICES = ("mP", "mC", "oP", "oC", "tP")
SHORT_AXES = (4.0, 8.0)  # Å, of layered cells
LONG_AXIS = (25.0, 75.0)  # Å
LAYERED_BETA = 4.0  # degrees, standard deviation from 90°
METAL_SPREAD = 0.4  # Å, standard deviation of metals from the plane of their layer
ANION_HEIGHT, ANION_SPREAD = 1.6, 0.3  # Å, of chalcogens and halogens on both sides of it

# Non-hydrogen atoms of a molecule: log-normal.
MEDIAN_ATOMS, SPREAD_ATOMS, FEWEST_ATOMS = 26, 0.5, 4
# Molecules in the asymmetric unit.
Z_PRIME = {0.5: 0.15, 1: 0.75, 2: 0.10}
METAL_SHARE = 0.45  # of molecules; coordination compounds are nearly half of the Cambridge Structural Database

_LIGHT = {"C": 0.72, "N": 0.10, "O": 0.12, "S": 0.02, "F": 0.02, "Cl": 0.02}
_METALS = ("Cu", "Zn", "Co", "Ni", "Fe", "Mn", "Pd", "Ru", "Pt", "Ag", "Cd", "Mo", "Rh", "Sn", "Ir", "Re")
_LAYER_METALS = ("Ag", "Cu", "Au", "Pb", "Sn", "Cd", "Zn", "Tl")
_LAYER_ANIONS = ("S", "Se", "Te", "I", "Br", "Cl")


def molecular_crystal(population, number: int, rng) -> Crystal:
    """Draw a molecular crystal, or a layered one.

    Parameters
    ----------
    population : Population
    number : int
        Of the space group.
    rng : numpy.random.Generator

    Returns
    -------
    Crystal
        Reference setting; without hydrogen.
    """
    group = space_group(number)
    layered = group.bravais_lattice in LAYERED_LATTICES and rng.random() < population.layered_share
    while True:
        crystal = _layered(population, group, rng) if layered else _molecular(population, group, rng)
        if crystal is not None and has_exact_symmetry(
            group, np.unique(crystal.elements, return_inverse=True)[1], crystal.sites
        ):
            return crystal


def _molecular(population, group, rng) -> Crystal | None:
    sizes = [_molecule_size(rng)]
    z_prime = list(Z_PRIME)[draw(np.array(list(Z_PRIME.values())), rng)]
    sizes = sizes * 2 if z_prime == 2 else [max(1, round(z_prime * sizes[0]))]
    n_atoms = sum(sizes)
    volume = VOLUME_PER_ATOM * n_atoms * group.order * (1 + VOLUME_SPREAD * rng.standard_normal())
    if n_atoms > population.max_atoms or volume > population.max_volume:
        return None
    cell = _cell(group.bravais_lattice, volume, rng)
    if cell is None:
        return None
    sites = np.empty((0, 3))
    for size in sizes:
        placed = place_molecule(grow_molecule(size, rng), cell, group, sites, rng)
        sites = np.concatenate([sites, placed])
    elements = np.concatenate([_elements_of_molecule(size, rng) for size in sizes])
    return _crystal(population, group, cell, elements, sites)


def _molecule_size(rng) -> int:
    return max(FEWEST_ATOMS, round(MEDIAN_ATOMS * np.exp(SPREAD_ATOMS * rng.standard_normal())))


def _elements_of_molecule(n: int, rng) -> np.ndarray:
    elements = rng.choice(list(_LIGHT), n, p=list(_LIGHT.values())).astype("U2")
    if rng.random() < METAL_SHARE:
        elements[rng.integers(n)] = _METALS[rng.integers(len(_METALS))]
    return elements


def _cell(lattice: str, volume: float, rng) -> np.ndarray | None:
    """A cell of the shapes of organic crystals, of frameworks where those are too few; None if an axis is no axis."""
    statistics = shipped_statistics()
    density = statistics["organic"].shapes.get(lattice)
    if density is None or len(density.centres) < ENOUGH:
        density = statistics["framework"].shapes[lattice]
    cell = cell_of_shape(lattice, density.sample(rng), volume)
    return cell if cell is not None and cell[:3].min() >= AXES[0] and cell[:3].max() <= AXES[1] else None


def _layered(population, group, rng) -> Crystal | None:
    cell, long_axis = _layered_cell(group.bravais_lattice, rng)
    volume_per_atom = VOLUME_PER_ATOM * (1 + VOLUME_SPREAD * rng.standard_normal())
    n_atoms = round(volumes_from_cells(cell) / (volume_per_atom * group.order))
    if n_atoms < 3:
        return None
    n_pairs = max(1, round(n_atoms / 8))
    metals = [_LAYER_METALS[rng.integers(len(_LAYER_METALS))]] * n_pairs
    anions = [_LAYER_ANIONS[rng.integers(len(_LAYER_ANIONS))]] * n_pairs
    elements = np.array(metals + anions + ["C"] * (n_atoms - 2 * n_pairs))
    sites = rng.random((n_atoms, 3))
    heights = (
        rng.normal(0, METAL_SPREAD, n_pairs),
        rng.choice([-1, 1], n_pairs) * rng.normal(ANION_HEIGHT, ANION_SPREAD, n_pairs),
    )
    # planes at 0 and 1/2 go through inversion centres and glides, those at 1/4 and 3/4 lie between them
    sites[: 2 * n_pairs, long_axis] = rng.integers(4) / 4 + np.concatenate(heights) / cell[long_axis]
    return _crystal(population, group, cell, elements, sites)


def _layered_cell(lattice: str, rng) -> tuple[np.ndarray, int]:
    lengths = _log_uniform(*SHORT_AXES, rng, 3)
    # The layer holds the unique axis of monoclinic cells, the centred net of oC and the square. In mC it holds the
    # centred net where c is long; where a is long, the centring relates each layer to the next.
    choices = {"mP": (0, 2), "mC": (0, 2), "oP": (0, 1, 2)}.get(lattice, (2,))
    long_axis = choices[rng.integers(len(choices))]
    lengths[long_axis] = _log_uniform(*LONG_AXIS, rng, 1)[0]
    if lattice[0] == "t":
        lengths[1] = lengths[0]
    beta = 90 + abs(LAYERED_BETA * rng.standard_normal()) if lattice[0] == "m" else 90.0
    return np.array([*lengths, 90.0, beta, 90.0]), long_axis


def _log_uniform(low, high, rng, n):
    return np.exp(rng.uniform(np.log(low), np.log(high), n))


def _crystal(population, group, cell, elements, sites) -> Crystal:
    multiplicities = np.full(len(elements), group.order)
    return Crystal(group.number, cell, elements, sites - np.floor(sites), multiplicities, population.u_iso)
