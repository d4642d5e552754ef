"""Do molecules matter for which lines are seen?  ``python tools/compare_molecules.py cifs_index.csv cifs/``.

Real molecular crystals, without hydrogen, beside three makeshifts with the same cell, space group and atoms: atoms
anywhere, a connected molecule anywhere, and a connected molecule where it overlaps least with its images.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from pathlib import Path

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np

from mlindex_plugin.algorithms.simulate import read_structure
from mlindex_plugin.algorithms.simulate.synthetic import Crystal, crystal_entry
from mlindex_plugin.algorithms.simulate.synthetic.counts import ORGANIC, population_of
from mlindex_plugin.algorithms.simulate.synthetic.molecules import fractionalisation, grow_molecule, place_molecule
from mlindex_plugin.algorithms.simulate.synthetic.space_groups import space_group
from mlindex_plugin.errors import InputError

EDGES = np.array([0, 0.01, 0.02, 0.04, 0.1, 0.42])  # of q2, 1/Å²
FEWEST, MOST = 6, 120  # atoms


def real_crystal(path, source) -> Crystal | None:
    """A molecular crystal with all its atoms on general positions, or None."""
    try:
        structure = read_structure(path)
    except InputError:
        return None
    info = structure.space_group_info()
    elements = [scatterer.element_symbol() or "" for scatterer in structure.scatterers()]
    full = all(scatterer.occupancy > 0.99 for scatterer in structure.scatterers())
    if population_of(source, elements) != ORGANIC or not full or info.type().number() == 1:
        return None
    structure = structure.change_basis(info.type().cb_op())
    order = structure.space_group().order_z()
    kept = [scatterer for scatterer in structure.scatterers() if scatterer.element_symbol() not in ("H", "D")]
    if not FEWEST <= len(kept) <= MOST or any(scatterer.multiplicity() != order for scatterer in kept):
        return None
    return Crystal(
        number=info.type().number(),
        cell=np.array(structure.unit_cell().parameters()),
        elements=np.array([scatterer.element_symbol() for scatterer in kept]),
        sites=np.array([scatterer.site for scatterer in kept]),
        multiplicities=np.full(len(kept), order),
        u_iso=0.04,
    )


def makeshifts(crystal, rng) -> dict[str, Crystal]:
    """The crystal and what could stand for it."""
    n = len(crystal.elements)
    atoms, shuffled = grow_molecule(n, rng), rng.permutation(n)
    anywhere = atoms @ fractionalisation(crystal.cell).T + rng.random(3)
    packed = place_molecule(atoms, crystal.cell, space_group(crystal.number), np.empty((0, 3)), rng)
    return {
        "real": crystal,
        "atoms anywhere": replace(crystal, sites=rng.random((n, 3))),
        "molecule anywhere": replace(crystal, sites=anywhere[shuffled]),
        "molecule packed": replace(crystal, sites=packed[shuffled]),
    }


def numbers(crystal) -> list[float]:
    """Rank of the first and of the 20th observable line, observable share of 60 lines, intensity in bins of q2."""
    entry = crystal_entry(crystal, "", "")
    shown, allowed = entry.observable[0], entry.allowed
    rank = np.searchsorted(allowed.q2, shown.q2 - 1e-9)
    twentieth = rank[19] + 1 if len(shown) >= 20 else np.nan
    share = np.mean(np.isin(np.arange(len(allowed)), rank))
    # mean over lines of the first 60, each relative to the mean of all of them times the fall-off of its Lorentz factor
    relative = allowed.intensity * allowed.q2
    relative = relative / relative.mean()
    bins = np.digitize(allowed.q2, EDGES) - 1
    return [
        rank[0] + 1,
        twentieth,
        share,
        *(relative[bins == b].mean() if np.any(bins == b) else np.nan for b in range(5)),
    ]


def main() -> None:
    index, folder = sys.argv[1:3]
    rng = np.random.default_rng(0)
    found: dict[str, list] = {}
    with open(index, newline="") as stream:
        for row in csv.DictReader(stream):
            if row["near_experimental_case"] == "1" or row["source"].startswith(("MP_", "CoRE")):
                continue
            crystal = real_crystal(Path(folder) / row["file"], row["source"])
            for name, other in (makeshifts(crystal, rng) if crystal else {}).items():
                found.setdefault(name, []).append(numbers(other))
    print("crystals:", len(found["real"]))
    print("                     first  20th  share | relative intensity in bins of q2", EDGES)
    for name, rows in found.items():
        first, twentieth, share, *intensity = np.nanmean(rows, axis=0)
        values = " ".join(f"{value:5.2f}" for value in intensity)
        print(f"{name:20} {first:5.2f} {twentieth:5.1f} {share:6.3f} | {values}")


if __name__ == "__main__":
    main()
