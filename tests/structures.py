"""Small CIFs with known powder lines."""

from __future__ import annotations

_CIF = """data_{name}
_cell_length_a {0}
_cell_length_b {1}
_cell_length_c {2}
_cell_angle_alpha {3}
_cell_angle_beta {4}
_cell_angle_gamma {5}
_symmetry_space_group_name_H-M '{group}'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
{atoms}
"""


def cif(name, cell, group, atoms):
    """CIF of a structure; `atoms` is one line an atom: label, type, x, y, z."""
    return _CIF.format(*cell, name=name, group=group, atoms=atoms)


NACL = cif("nacl", (5.6402, 5.6402, 5.6402, 90, 90, 90), "F m -3 m", "Na Na 0 0 0\nCl Cl 0.5 0.5 0.5")
SILICON = cif("silicon", (5.4309, 5.4309, 5.4309, 90, 90, 90), "F d -3 m :1", "Si Si 0 0 0")
# Low quartz: atoms of Levien, Prewitt & Weidner (1980), Am. Mineral. 65, 920, in the cell of ICDD 46-1045.
QUARTZ = cif(
    "quartz",
    (4.91344, 4.91344, 5.40524, 90, 90, 120),
    "P 32 2 1",
    "Si Si 0.4697 0 0.6666667\nO O 0.4135 0.2669 0.7857667",
)
# An invented molecule in the commonest space group of organic crystals.
ORGANIC = cif(
    "organic",
    (8.21, 6.43, 12.37, 90, 104.6, 90),
    "P 1 21/c 1",
    "C1 C 0.112 0.231 0.087\nC2 C 0.241 0.118 0.142\nN1 N 0.332 0.187 0.243\nO1 O 0.274 -0.062 0.104\n"
    "C3 C 0.441 0.402 0.281\nO2 O 0.063 0.402 0.141",
)
