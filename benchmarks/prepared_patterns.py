"""Peak lists calculated from CIFs: which entries are taken, which are left out and why."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np

from mlindex_plugin.algorithms.lattice.bravais import LATTICES, hkl_design
from mlindex_plugin.algorithms.simulate import calculated_pattern, structure
from mlindex_plugin.errors import InputError
from mlindex_plugin.whole_files import write_text

N_LINES = 20
N_STORED = 60
SPARE_LINES = 5
HIDDEN = {
    "translation": "hidden translation: the structure has a smaller primitive cell",
    "rotation": "hidden rotation: the structure has a higher Laue symmetry",
}


class Excluded(Exception):
    """An entry that cannot serve as a test; the message is the reason."""


def shared_data():
    """Folder of the evaluation data: $MLINDEX_SHARED, or ../shared/data beside the repository."""
    return Path(os.environ.get("MLINDEX_SHARED", Path(__file__).resolve().parents[2] / "shared" / "data"))


def prepare(path, lattice):
    """Calculate the observable lines of one CIF.

    Parameters
    ----------
    path : str or pathlib.Path
    lattice : str
        Bravais lattice that the index of CIFs gives.

    Returns
    -------
    dict
        ``id, bravais, metric_bravais, space_group, cell, niggli, n_atoms, wavelength, q2, hkl, intensity``
        (positions in 1/Å², at most 60) and ``determined``: False where the first 20 lines obey a centring rule
        that the structure does not, or leave a cell parameter free.

    Raises
    ------
    Excluded
        If the entry cannot serve as a test.
    """
    try:
        crystal = structure.read_structure(path)
    except InputError as error:
        raise Excluded("CIF not usable") from error
    crystal = crystal.change_basis(crystal.change_of_basis_op_to_reference_setting())
    if structure.bravais_lattice_symbol(crystal.space_group()) != lattice:
        raise Excluded("Bravais lattice of the CIF is not that of the index")
    hidden = structure.hidden_symmetry(crystal)
    if hidden:
        raise Excluded(HIDDEN[hidden])
    try:
        lines = calculated_pattern.observable_lines(crystal, N_LINES)
    except InputError as error:
        raise Excluded("no lines") from error
    return {
        "id": Path(path).name,
        "bravais": lattice,
        "metric_bravais": structure.metric_bravais_lattice_symbol(crystal),
        "space_group": crystal.space_group_info().type().lookup_symbol(),
        "cell": list(crystal.unit_cell().parameters()),
        "niggli": list(crystal.niggli_cell().unit_cell().parameters()),
        "n_atoms": crystal.scatterers().size(),
        "determined": _determined(crystal, lattice, lines.hkl[:N_LINES]),
        "wavelength": lines.wavelength,
        "q2": lines.q2[:N_STORED].tolist(),
        "hkl": lines.hkl[:N_STORED].tolist(),
        "intensity": lines.intensity[:N_STORED].tolist(),
    }


def _determined(crystal, lattice, hkl):
    from cctbx import miller
    from cctbx.array_family import flex

    symmetry = crystal.crystal_symmetry().customized_copy(
        space_group_info=crystal.space_group().build_derived_patterson_group().info()
    )
    lines = miller.set(symmetry, flex.miller_index([tuple(map(int, row)) for row in hkl]), anomalous_flag=False)
    to_primitive = symmetry.change_of_basis_op_to_primitive_setting()
    equivalents = lines.change_basis(to_primitive).expand_to_p1().indices()
    if structure.translation_index(np.array(equivalents)) != 1:
        return False
    design = hkl_design(LATTICES[lattice], hkl)
    return bool(np.linalg.matrix_rank(design) == design.shape[1])


def candidate_rows(part, data=None):
    """Rows of the index of CIFs that may be used, by Bravais lattice.

    Parameters
    ----------
    part : str
        ``development`` or ``test``: a fixed half of the entries each, by a hash of the file name.
    data : pathlib.Path, optional
        Folder with ``cifs_index.csv``.

    Returns
    -------
    dict of str to list of dict
    """
    data = data or shared_data()
    rows = {}
    with open(data / "cifs_index.csv", newline="") as handle:
        for row in csv.DictReader(handle):
            half = int(hashlib.sha256(row["file"].encode()).hexdigest(), 16) % 2
            if row["near_experimental_case"] == "0" and half == ("development", "test").index(part):
                rows.setdefault(row["bravais"], []).append(row)
    return {lattice: sorted(group, key=lambda row: row["file"]) for lattice, group in rows.items()}


def unpacked_cifs(folder, data=None):
    """Unpack the archive of CIFs once; returns the folder that holds the files."""
    folder = Path(folder)
    if not (folder / "cifs").is_dir():
        partial = folder.with_name(folder.name + ".partial")
        with tarfile.open((data or shared_data()) / "cifs.tar.gz") as archive:
            archive.extractall(partial)
        os.replace(partial, folder)
    return folder / "cifs"


def select(rows, cifs, lattice, per_lattice, seed):
    """A seeded random choice of entries of one lattice.

    Parameters
    ----------
    rows : list of dict
        From `candidate_rows`.
    cifs : pathlib.Path
        Folder of the unpacked CIFs.
    lattice : str
    per_lattice : int
        Entries wanted that have enough lines.
    seed : int

    Returns
    -------
    entries : list of dict
        From `prepare`, entries with at least as many lines (of the first 20) as free parameters plus five.
    left_out : dict of str to int
        Reason and number of the other entries met on the way.
    """
    order = list(rows)
    random.Random(f"{seed} {lattice}").shuffle(order)
    entries, left_out = [], Counter()
    for row in order:
        if len(entries) == per_lattice:
            break
        try:
            entry = prepare(cifs / row["file"], lattice)
        except Excluded as reason:
            left_out[str(reason)] += 1
            continue
        if min(len(entry["q2"]), N_LINES) < LATTICES[lattice].n_free + SPARE_LINES:
            left_out["fewer lines than parameters plus five"] += 1
            continue
        entries.append(entry)
    return entries, dict(left_out)


def prepared(build, lattice, per_lattice, seed, part):
    """`select`, kept in ``build/calculated_patterns_<part>_<seed>.json`` so that repeated runs do not recompute.

    What other code has prepared is not reused.

    Parameters
    ----------
    build : pathlib.Path
        Folder for the cache and the unpacked CIFs.
    lattice, per_lattice, seed, part
        As in `select` and `candidate_rows`.

    Returns
    -------
    entries : list of dict
    left_out : dict of str to int
    """
    cache = Path(build) / f"calculated_patterns_{part}_{seed}.json"
    known = json.loads(cache.read_text()) if cache.exists() else {}
    key = f"{lattice} {per_lattice} {_fingerprint()}"
    if key not in known:
        cifs = unpacked_cifs(Path(build) / "cifs")
        known[key] = select(candidate_rows(part)[lattice], cifs, lattice, per_lattice, seed)
        write_json(cache, known)
    return known[key]


def _fingerprint():
    sources = (calculated_pattern.__file__, structure.__file__, __file__)
    return hashlib.sha256(b"".join(Path(source).read_bytes() for source in sources)).hexdigest()[:12]


def write_json(path, value):
    """Write a whole file of JSON."""
    write_text(path, json.dumps(value))
