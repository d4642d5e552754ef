"""The 14 Bravais lattices: settings, reciprocal metric, reference Miller indices, reduction."""

from __future__ import annotations

from mlindex_plugin.algorithms.lattice.ambiguities import same_line_cells
from mlindex_plugin.algorithms.lattice.bragg import q2_from_two_theta, two_theta_from_q2
from mlindex_plugin.algorithms.lattice.bravais import (
    LATTICES,
    BravaisLattice,
    are_cells,
    cells_from_xnn,
    direct_metric_from_cells,
    free_xnn,
    full_xnn,
    hkl_design,
    reciprocal_metric,
    volumes_from_cells,
    volumes_from_xnn,
    xnn_from_cells,
    xnn_from_metric,
)
from mlindex_plugin.algorithms.lattice.common import Relation, common_sublattice, short_primitive_basis
from mlindex_plugin.algorithms.lattice.derivative import hermite_forms
from mlindex_plugin.algorithms.lattice.gaps import LINE_NUMBER, bin_table, fill_gaps
from mlindex_plugin.algorithms.lattice.higher import higher_symmetry, pseudo_symmetry
from mlindex_plugin.algorithms.lattice.lines import (
    CUBIC,
    MONOCLINIC,
    ORTHORHOMBIC,
    TRICLINIC,
    UNIAXIAL,
    find_lines,
    pack,
    unpack,
)
from mlindex_plugin.algorithms.lattice.multiplicity import multiplicity
from mlindex_plugin.algorithms.lattice.normal_equations import solve_normal_equations
from mlindex_plugin.algorithms.lattice.reference import square_sums
from mlindex_plugin.algorithms.lattice.settings import conventional_basis, niggli_cell, symmetric_tensor
from mlindex_plugin.algorithms.lattice.tables import LatticeTable, lattice_table

__all__ = [
    "CUBIC",
    "LATTICES",
    "LINE_NUMBER",
    "BravaisLattice",
    "LatticeTable",
    "MONOCLINIC",
    "ORTHORHOMBIC",
    "Relation",
    "TRICLINIC",
    "UNIAXIAL",
    "are_cells",
    "bin_table",
    "cells_from_xnn",
    "common_sublattice",
    "conventional_basis",
    "direct_metric_from_cells",
    "fill_gaps",
    "find_lines",
    "free_xnn",
    "full_xnn",
    "hermite_forms",
    "higher_symmetry",
    "hkl_design",
    "lattice_table",
    "multiplicity",
    "niggli_cell",
    "pack",
    "pseudo_symmetry",
    "q2_from_two_theta",
    "reciprocal_metric",
    "same_line_cells",
    "short_primitive_basis",
    "solve_normal_equations",
    "square_sums",
    "symmetric_tensor",
    "two_theta_from_q2",
    "unpack",
    "volumes_from_cells",
    "volumes_from_xnn",
    "xnn_from_cells",
    "xnn_from_metric",
]
