"""What is counted while statistics are learned."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mlindex_plugin.algorithms.simulate.synthetic.statistics import MAX_ELEMENTS, MAX_REPETITIONS, N_ROWS

FRAMEWORK_SOURCES = ("CoRE-MOF", "cif:danieleongari", "cif:SarkisovGitHub", "cif:iRASPA", "cif:fxcoudert", "cif:SimonE")
RE_SYMMETRISED_SOURCES = ("MP_", "CoRE-MOF")  # in the others, P 1 often hides symmetry
ORGANIC = "organic"  # cells and structures with carbon and hydrogen that are no frameworks
HIDDEN_SYMMETRY = "P 1 as published, often of hidden symmetry"


@dataclass
class Counts:
    """What is counted in one population while files are read; the fields are those of `Statistics`."""

    cells: dict[int, list] = field(default_factory=dict)
    volumes: dict[int, list] = field(default_factory=dict)
    n_structures: np.ndarray = field(default_factory=lambda: np.zeros(N_ROWS, int))
    n_elements: np.ndarray = field(default_factory=lambda: np.zeros((N_ROWS, MAX_ELEMENTS), int))
    elements: np.ndarray = field(default_factory=lambda: np.zeros((N_ROWS, 120), int))
    repetitions: np.ndarray = field(default_factory=lambda: np.zeros((N_ROWS, 2, MAX_REPETITIONS), int))
    wyckoff: np.ndarray = field(default_factory=lambda: np.zeros((230, 27), int))
    freedoms: np.ndarray = field(default_factory=lambda: np.zeros((N_ROWS, 4), int))


def population_of(source: str, elements) -> str:
    """The population that a crystal is counted in.

    Parameters
    ----------
    source : str
        The column ``source`` of the tables.
    elements : set of str
    """
    if source.startswith(FRAMEWORK_SOURCES):
        return "framework"
    return ORGANIC if {"C", "H"} <= set(elements) else "inorganic"
