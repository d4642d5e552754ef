"""A synthetic crystal as arrays, and as a cctbx structure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.simulate.preparation.formula import hill_order
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group


@dataclass(frozen=True)
class Crystal:
    """Atoms in a cell, in the reference setting of the space group.

    Attributes
    ----------
    number : int
        Of the space group.
    cell : numpy.ndarray, shape (6,)
        Å and degrees.
    elements : numpy.ndarray of str, shape (n,)
        Of the atoms of the asymmetric unit.
    sites : numpy.ndarray, shape (n, 3)
        Fractional coordinates.
    multiplicities : numpy.ndarray of int, shape (n,)
        Atoms in the conventional cell that each stands for.
    u_iso : float
        Mean square displacement of every atom, Å².
    """

    number: int
    cell: np.ndarray
    elements: np.ndarray
    sites: np.ndarray
    multiplicities: np.ndarray
    u_iso: float

    @property
    def formula(self) -> str:
        """Contents of the asymmetric unit in Hill order, atoms on special positions by their share."""
        order = space_group(self.number).order
        numbers = Counter()
        for element, multiplicity in zip(self.elements, self.multiplicities, strict=True):
            numbers[str(element)] += multiplicity / order
        return hill_order(numbers)

    def symmetry(self):
        """Cell and space group as a ``cctbx.crystal.symmetry``."""
        from cctbx import crystal

        return crystal.symmetry(
            unit_cell=tuple(map(float, self.cell)),
            space_group=space_group(self.number).group,
            assert_is_compatible_unit_cell=False,
        )

    def structure(self):
        """The crystal as a ``cctbx.xray.structure``."""
        from cctbx import crystal, xray

        # By default an atom within 0.5 Å of a special position would be moved onto it.
        settings = crystal.special_position_settings(self.symmetry(), min_distance_sym_equiv=1e-3)
        structure = xray.structure(special_position_settings=settings)
        for element, site in zip(self.elements, self.sites, strict=True):
            structure.add_scatterer(
                xray.scatterer(label=str(element), scattering_type=str(element), site=tuple(site), u=self.u_iso)
            )
        structure.scattering_type_registry(table="wk1995")
        return structure
