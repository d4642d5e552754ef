"""CIFs that pass every check, and what to change in them so that they fail one."""

from __future__ import annotations

CIF = """data_{name}
_chemical_formula_sum '{formula}'
_symmetry_space_group_name_H-M '{group}'
_symmetry_Int_Tables_number {number}
_cell_length_a {a}
_cell_length_b {b}
_cell_length_c {c}
_cell_angle_alpha 90
_cell_angle_beta {beta}
_cell_angle_gamma 90
_cell_volume {volume}
{more}
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
{atoms}
"""
_ORGANIC_ATOMS = """C1 C 0.112 0.231 0.087 1
C2 C 0.241 0.118 0.142 1
N1 N 0.332 0.187 0.243 1.0
O1 O 0.274 -0.062 0.104 1
C3 C 0.441 0.402 0.281 1
O2 O 0.063 0.402 0.141 1"""
ORGANIC = {
    "name": "organic",
    "formula": "C3 N O2",
    "group": "P 1 21/c 1",
    "number": 14,
    "a": 8.21,
    "b": 6.43,
    "c": 12.37,
    "beta": 104.6,
    "volume": 631.9,
    "more": "",
    "atoms": _ORGANIC_ATOMS,
}


def organic(**changed):
    """CIF of an invented molecule in P2₁/c, with values changed."""
    return CIF.format(**{**ORGANIC, **changed})


def rock_salt(a=5.6402, **changed):
    """CIF of a crystal of the rock-salt type."""
    cubic = {
        "name": "salt",
        "formula": "Na Cl",
        "group": "F m -3 m",
        "number": 225,
        "a": a,
        "b": a,
        "c": a,
        "beta": 90,
        "volume": round(a**3, 4),
        "atoms": "Na1 Na 0 0 0 1\nCl1 Cl 0.5 0.5 0.5 1",
    }
    return organic(**{**cubic, **changed})


# the eight atoms of the cell of rock salt
WRITTEN_IN_P1 = "\n".join(
    f"{element}{i}{j}{k} {element} {i / 2} {j / 2} {k / 2} 1"
    for i in (0, 1)
    for j in (0, 1)
    for k in (0, 1)
    for element in [("Na", "Cl")[(i + j + k) % 2]]
)
