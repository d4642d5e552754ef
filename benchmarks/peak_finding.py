"""Peak finding in spots against the true lines, on the simulated stills and on crystals simulated here.

Run ``python benchmarks/peak_finding.py [FOLDER]`` with the folder that holds the stills, ``../shared/data/stills`` by
default; without that folder only the crystals simulated here are measured.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from cctbx import crystal, miller
from surroundings import shared_data

from mlindex_plugin.algorithms.peaks.from_spots import peaks_of
from mlindex_plugin.algorithms.peaks.spots import Spots, read_spots
from mlindex_plugin.algorithms.simulate import (
    StillsConditions,
    crystal_reflections,
    random_structure,
    simulate_spots,
    square_detector,
    write_spots,
)
from mlindex_plugin.errors import InputError

MITHRENE = ((5.93, 7.32, 29.2, 90, 95.4, 90), "P 1 21/c 1")
STILLS = ("mithrene_20k", "mithrene_5k_bad_geometry", "mithrene_spotfinder")
OTHERS = (
    ((9.1, 10.3, 14.2, 90, 90, 90), "P 21 21 21"),
    ((7.1, 8.9, 10.4, 77, 83, 70), "P -1"),
    ((24.7, 15.4, 4.46, 90, 95, 90), "C 1 2/c 1"),
    ((6.6, 6.6, 11.2, 90, 90, 120), "P 63/m"),
)
SHOTS = (500, 2000, 10000)
NOISE = 0.1  # of the number of spots
FAR = 1e-4  # 1/Å²; a peak further than this, and than five errors, from every true line is invented
COLUMNS = (
    "data",
    "shots",
    "spots",
    "peaks",
    "of the first 20",
    "of the first 60",
    "invented",
    "median abs z, 20 / 60",
    "median error, 20 / 60",
    "max error",
    "seconds",
)


def true_lines(cell, group):
    """q2 of the lines that symmetry allows, 1/Å²."""
    indices = miller.build_set(crystal.symmetry(cell, group), False, d_min=1.2)
    q2 = np.sort(indices.d_star_sq().data().as_numpy_array())
    return q2[np.concatenate([[True], np.diff(q2) > 1e-8])]


def row(name, file, cell, group, scale=1.0, move_beam=True):
    """One line of the table; `scale` multiplies the true q2."""
    start = time.perf_counter()
    try:
        peaks = peaks_of(file, name, move_beam)
    except InputError as error:
        return f"| {name} | {file.n_shots} | {len(file.spots)} | 0 | {error} |"
    seconds = time.perf_counter() - start
    truth = true_lines(cell, group) * scale
    nearest = np.abs(peaks.q2[:, None] - truth).argmin(axis=1)
    error = np.abs(peaks.q2 - truth[nearest])
    z = error / peaks.sigma
    first = peaks.q2 < truth[59] + FAR
    invented = first & (error > FAR) & (z > 5)
    right = first & ~invented
    found = [len(set(nearest[right & (nearest < n)])) for n in (20, 60)]
    in_20 = right & (nearest < 20)
    return (
        f"| {name} | {file.n_shots} | {len(file.spots)} | {first.sum()} | {found[0]} | {found[1]} | {invented.sum()} | "
        f"{_median(z[in_20])} / {_median(z[right])} | {_median(error[in_20], 1)} / {_median(error[right], 1)} | "
        f"{error[right].max(initial=0):.1e} | {seconds:.1f} |"
    )


def _median(values, exponent=0):
    if len(values) == 0:
        return "-"
    return f"{np.median(values):.1e}" if exponent else f"{np.median(values):.2f}"


def simulated(cell, group, n_shots, folder):
    """Spots of a crystal with random atoms, through files, and noise spots all over the detector."""
    reflections = crystal_reflections(random_structure(cell, group, seed=1), d_min=1.6)
    detector = square_detector(120.0, 0.15, 2048, 1.3)
    stills = simulate_spots(reflections, detector, n_shots, 1, StillsConditions(photons=40))
    file = read_spots([write_spots(Path(folder) / "stills", stills, seed=2)])
    rng = np.random.default_rng(3)
    chosen = rng.integers(0, len(file.spots), int(NOISE * len(file.spots)))
    noise = file.spots.select(chosen)
    place = rng.uniform(-153.6, 153.6, (len(chosen), 2))
    noise = replace(
        noise,
        position=np.column_stack([place, noise.position[:, 2]]),
        intensity=45 + rng.exponential(30, len(chosen)),
        pixel=np.column_stack([noise.pixel[:, 0], np.floor((place + 153.6) / 0.15).astype(int)]),
    )
    joined = {f.name: np.concatenate([getattr(part, f.name) for part in (file.spots, noise)]) for f in fields(Spots)}
    return replace(file, spots=Spots(**joined))


def main(folder):
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + " --- |" * len(COLUMNS))
    for name in STILLS:
        if not (folder / f"{name}.refl").is_file():
            print(f"| {name} | not at {folder} |")
            continue
        file = read_spots([(folder / f"{name}.expt", folder / f"{name}.refl")])
        print(row(name, file, *MITHRENE), flush=True)
        if "bad_geometry" in name:
            print(row(f"{name}, distance error taken off", file, *MITHRENE, scale=1 / 1.002**2), flush=True)
            print(row(f"{name}, beam centre of the file", file, *MITHRENE, move_beam=False), flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        for cell, group in OTHERS:
            for n_shots in SHOTS:
                print(row(f"{group} simulated", simulated(cell, group, n_shots, temporary), cell, group), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else shared_data() / "stills")
