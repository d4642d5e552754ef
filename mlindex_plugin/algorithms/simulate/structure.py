"""Crystal structures from CIFs, and the lattice that their diffraction really has."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np

from mlindex_plugin.errors import InputError

_LARGEST_SUM = 8_000_000  # reflections times atoms times symmetry operations
# |F|² relative to the strongest, below which a Fourier transform gives its own error (1e-7 to 1e-4) and no more.
_ERROR_OF_TRANSFORM = 1e-6
# Superlattice reflections weaker than this, relative to the strongest, cannot be seen in a powder pattern.
_WEAKEST_SUPERLATTICE = 1e-4

_FAMILY = {
    "Triclinic": "a",
    "Monoclinic": "m",
    "Orthorhombic": "o",
    "Tetragonal": "t",
    "Trigonal": "h",
    "Hexagonal": "h",
    "Cubic": "c",
}


def read_structure(path):
    """Read the first crystal structure with atoms of a CIF.

    Displacement parameters are those of the file; an atom without any is at rest.

    Parameters
    ----------
    path : str or pathlib.Path

    Returns
    -------
    cctbx.xray.structure
        In the file's own setting.

    Raises
    ------
    InputError
        If the file cannot be read, has no structure with atoms, or names an element without scattering factors.
    """
    from iotbx import cif

    try:
        structures = cif.reader(input_string=cif_text(path)).build_crystal_structures()
    # iotbx.cif reports bad files through assertions, KeyError, RuntimeError and its own Sorry alike.
    except Exception as error:
        raise InputError(f"{Path(path).name}: not a usable CIF ({_first_line(error)}).") from error
    structure = next((s for s in structures.values() if s.scatterers().size() > 0), None)
    if structure is None:
        raise InputError(f"{Path(path).name}: no crystal structure with atoms in the file.")
    name_scattering_types(structure, Path(path).name)
    return structure


def cif_text(path):
    """Text of a CIF in ASCII; only comments and names of authors hold other characters, at which the parser stops."""
    opened = gzip.open if str(path).lower().endswith(".gz") else open
    with opened(path, "rt", encoding="ascii", errors="ignore") as handle:
        return handle.read()


def name_scattering_types(structure, name):
    """Give every atom of a structure a type that the tables of scattering factors know.

    Raises
    ------
    InputError
        Naming the file `name`, if an atom is of no known element.
    """
    for scatterer in structure.scatterers():
        scatterer.scattering_type = _scattering_type(scatterer.scattering_type, name)


def _scattering_type(symbol, name):
    """The label of `symbol` in the tables of Waasmaier & Kirfel (1995); the neutral atom for ions that lack there."""
    from cctbx.eltbx import xray_scattering

    element = re.match(r"[A-Za-z]{1,2}", symbol)
    for label in (symbol, *([element.group(), element.group()[0]] if element else [])):
        try:
            return xray_scattering.wk1995(label, False).label()
        except ValueError:
            continue
    raise InputError(f"{name}: no scattering factors for atom type {symbol}; name an element.")


def structure_factors(structure, d_min):
    """Complex structure factors of the unique reflections, without anomalous scattering.

    Atomic factors of Waasmaier & Kirfel (1995), Acta Cryst. A51, 416. The atoms are summed; a Fourier transform,
    which for atoms at rest is off by about 1 % in |F|, serves only where the sum would take half a second or more;
    there |F|² below 1e-6 of the strongest, which it leaves of reflections that the atoms extinguish, is zero.

    Parameters
    ----------
    structure : cctbx.xray.structure
    d_min : float
        Å.

    Returns
    -------
    cctbx.miller.array
        Empty if no reflection reaches `d_min`.
    """
    from cctbx.array_family import flex

    structure.scattering_type_registry(table="wk1995")
    n_reflections = structure.build_miller_set(anomalous_flag=False, d_min=d_min).size()
    work = n_reflections * structure.scatterers().size() * structure.space_group().order_z()
    if work <= _LARGEST_SUM:
        return structure.structure_factors(d_min=d_min, algorithm="direct").f_calc()
    f_calc = structure.structure_factors(d_min=d_min, algorithm="fft").f_calc()
    squared = f_calc.as_intensity_array().data()
    nothing = squared < _ERROR_OF_TRANSFORM * flex.max(squared)
    return f_calc.customized_copy(data=f_calc.data().set_selected(nothing, 0j))


def bravais_lattice_symbol(space_group):
    """The Bravais lattice of a space group, any setting.

    Parameters
    ----------
    space_group : cctbx.sgtbx.space_group

    Returns
    -------
    str
        One of cF cI cP hP hR tI tP oC oF oI oP mC mP aP; A-, B- and C-centred orthorhombic are oC, every
        centred monoclinic lattice is mC.
    """
    reference = space_group.info().as_reference_setting().group()
    family = _FAMILY[reference.crystal_system()]
    centring = reference.conventional_centring_type_symbol()
    return family + ("C" if centring in "AB" else centring)


def metric_bravais_lattice_symbol(crystal_symmetry, max_delta=0.02):
    """The Bravais lattice that the unit cell alone, without the atoms, has.

    Parameters
    ----------
    crystal_symmetry : cctbx.crystal.symmetry
    max_delta : float
        Largest angular departure from a lattice symmetry, in degrees (Le Page, 1982, J. Appl. Cryst. 15, 255).

    Returns
    -------
    str
        At least as symmetric as `bravais_lattice_symbol` of the space group.
    """
    from cctbx import sgtbx

    niggli = crystal_symmetry.niggli_cell()
    return bravais_lattice_symbol(sgtbx.lattice_symmetry_group(niggli.unit_cell(), max_delta))


def translation_index(hkl):
    """Index of the lattice spanned by reflections in the lattice of all Miller indices.

    Above 1, the reflections obey a centring rule: a smaller cell gives the same lines.

    Parameters
    ----------
    hkl : numpy.ndarray of int, shape (n, 3)
        Miller indices on a primitive cell, with all symmetry equivalents.

    Returns
    -------
    int
        1 if the indices span every lattice point; 0 if they lie in a plane or on a line.
    """
    rows = np.unique(np.asarray(hkl, dtype=object).reshape(-1, 3).astype(int), axis=0)
    basis = np.zeros((0, 3), dtype=int)
    # Reducing in chunks keeps the running basis at three rows or fewer.
    for start in range(0, len(rows), 64):
        basis = _row_echelon(np.vstack([basis, rows[start : start + 64]]))
        if len(basis) == 3 and abs(int(np.prod(np.diag(basis)))) == 1:
            return 1
    return abs(int(np.prod(np.diag(basis)))) if len(basis) == 3 else 0


def laue_symmetry_excess(intensities, max_delta=0.1, tolerance=0.01):
    """How many times the diffraction is more symmetric than the space group of the file says.

    Every rotation of the metric is tried on the intensities; those that the space group lacks and that leave
    them unchanged mean that the file hides symmetry (many CIFs list all atoms of the cell in P1).

    Parameters
    ----------
    intensities : cctbx.miller.array
        |F|² of one structure on its primitive Niggli cell.
    max_delta : float
        Largest departure of the metric from a lattice symmetry, in degrees.
    tolerance : float
        Largest sum |I(h) - I(hR)| / sum I(h) of a symmetry of the intensities.

    Returns
    -------
    float
        Order of the Laue group of the intensities divided by that of the file; 1.0 if nothing is hidden.
    """
    from cctbx import sgtbx

    own = intensities.space_group().build_derived_laue_group()
    own_rotations = {op.r().as_xyz() for op in own.all_ops()}
    metric = sgtbx.lattice_symmetry_group(intensities.unit_cell(), max_delta).build_derived_laue_group()
    hidden = [op for op in metric.all_ops() if op.r().as_xyz() not in own_rotations]
    if not hidden:
        return 1.0
    full = intensities.expand_to_p1()
    indices = np.array(full.indices(), dtype=int)
    values = full.data().as_numpy_array()
    both_friedel_mates = np.vstack([indices, -indices]).tolist()
    by_index = dict(zip(map(tuple, both_friedel_mates), np.tile(values, 2).tolist(), strict=True))
    found = sum(_is_symmetry(op, indices, values, by_index, tolerance) for op in hidden)
    return (found + len(own_rotations)) / len(own_rotations)


def hidden_symmetry(structure):
    """Which symmetry a structure has beyond that of its space group, by its intensities.

    Parameters
    ----------
    structure : cctbx.xray.structure

    Returns
    -------
    str or None
        ``translation`` where a smaller primitive cell gives the same lines, ``rotation`` where the Laue symmetry is
        higher, None where nothing is hidden.
    """
    primitive = structure.niggli_cell()
    d_min = 0.77 if primitive.unit_cell().volume() < 1500 else 1.54
    squared = structure_factors(primitive, d_min).as_intensity_array()
    everything = squared.expand_to_p1()
    strength = everything.data().as_numpy_array()
    seen = np.array(everything.indices())[strength > _WEAKEST_SUPERLATTICE * strength.max()]
    if translation_index(seen) != 1:
        return "translation"
    return "rotation" if laue_symmetry_excess(squared) > 1 else None


def _is_symmetry(op, indices, values, by_index, tolerance):
    rotation = np.array(op.r().as_double()).reshape(3, 3).round().astype(int)
    # A rotation of a slightly imperfect metric can carry a reflection across the resolution limit: leave it out.
    rotated = np.array([by_index.get(h, np.nan) for h in map(tuple, (indices @ rotation).tolist())])
    kept = np.isfinite(rotated)
    return np.abs(rotated - values)[kept].sum() <= tolerance * values[kept].sum()


def _row_echelon(rows):
    """Integer row echelon form without zero rows (Hermite normal form up to signs and the upper triangle)."""
    rows = rows.copy()
    top = 0
    for column in range(rows.shape[1]):
        while True:
            nonzero = [i for i in range(top, len(rows)) if rows[i, column]]
            if not nonzero:
                break
            pivot = min(nonzero, key=lambda i: abs(rows[i, column]))
            rows[[top, pivot]] = rows[[pivot, top]]
            rest = rows[top + 1 :]
            rest -= (rest[:, column] // rows[top, column])[:, None] * rows[top]
            if not np.any(rest[:, column]):
                top += 1
                break
    return rows[:top]


def _first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
