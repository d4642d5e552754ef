"""Synthetic crystals against real ones: ``python tools/plot_populations.py cifs_index.csv cifs/``.

Writes docs/synthetic_<population>.png, one column a lattice, and docs/synthetic_crystals.csv with the medians and the
Kolmogorov-Smirnov distances of the two. Real crystals are a random sample of the CIFs, prepared as for a data set.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from itertools import islice
from pathlib import Path

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import matplotlib
import numpy as np
from scipy.stats import ks_2samp

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.simulate.preparation.structure_entries import prepare_cif
from mlindex_plugin.algorithms.simulate.synthetic import synthetic_entries
from mlindex_plugin.algorithms.simulate.synthetic.counts import population_of

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

DOCS = Path(__file__).resolve().parent.parent / "docs"
PER_LATTICE = 60
N_SYNTHETIC = 300
FEWEST = 8  # real crystals of a lattice below which the two are not compared
REAL = {"inorganic": "inorganic", "framework": "framework", "organic": "molecular"}
GAPS = np.geomspace(3e-5, 3e-2, 13)  # 1/Å², to the nearest allowed line
QUANTITIES = {
    "volume": "log10 of the cell volume, Å³",
    "shortest": "shortest axis / longest axis",
    "middle": "middle axis / longest axis",
    "angle": "oblique angles, °",
    "below_20th": "allowed lines up to the 20th observable",
    "first_line": "q2 of the first observable line, 1/Å²",
    "n_observable": "observable lines (60 at most)",
}


def quantities(entry) -> dict[str, list[float]]:
    """Every plotted number of an entry; the observable lines are those of broadening 1."""
    observable = entry.observable[len(entry.observable) // 2]
    lengths = np.sort(entry.cell[:3])
    cosines = np.cos(np.radians(entry.cell[3:]))
    volume = lengths.prod() * np.sqrt(1 - cosines @ cosines + 2 * cosines.prod())
    angles = [a for a in entry.cell[3:] if entry.bravais_lattice[0] in "am" and abs(a - 90) > 1e-6]
    # where the 20th observable line lies beyond the 60 allowed ones, their density is extrapolated
    twentieth = [_rank(entry.allowed.q2, observable.q2[19])] if len(observable) >= 20 else []
    return {
        "volume": [np.log10(volume)],
        "shortest": [lengths[0] / lengths[2]],
        "middle": [lengths[1] / lengths[2]],
        "angle": angles,
        "below_20th": twentieth,
        "first_line": [observable.q2[0]],
        "n_observable": [len(observable)],
    }


def _rank(allowed, q2) -> float:
    rank = np.searchsorted(allowed, q2 + 1e-9)
    return float(rank) if rank < len(allowed) else len(allowed) * (q2 / allowed[-1]) ** 1.5


def observed_by_gap(entries) -> np.ndarray:
    """Fraction of the allowed lines that are observable, for each bin of the gap to the nearest allowed line."""
    seen, every = np.zeros(len(GAPS) - 1), np.zeros(len(GAPS) - 1)
    for entry in entries:
        q2 = entry.allowed.q2
        if len(q2) < 3:
            continue
        apart = np.diff(q2)
        gap = np.minimum(np.append(apart, np.inf), np.insert(apart, 0, np.inf))
        shown = np.isin(np.round(q2, 8), np.round(entry.observable[len(entry.observable) // 2].q2, 8))
        every += np.histogram(gap, GAPS)[0]
        seen += np.histogram(gap[shown], GAPS)[0]
    return np.where(every >= 20, seen / np.maximum(every, 1), np.nan)


def real_entries(index, folder, rng) -> dict[tuple[str, str], list]:
    """Random CIFs by population and lattice, at most PER_LATTICE of each that are usable."""
    with open(index, newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["near_experimental_case"] != "1"]
    found = defaultdict(list)
    for i in rng.permutation(len(rows)):
        row = rows[i]
        guess = population_of(row["source"], ())
        if guess == "framework" or row["source"].startswith("MP_"):
            if len(found[guess, row["bravais"]]) >= PER_LATTICE:
                continue
        for prepared in prepare_cif(Path(folder) / row["file"], row["file"]):
            if prepared.entry is None:
                continue
            elements = [term.rstrip(".0123456789") for term in prepared.entry.formula.split()]
            population = population_of(row["source"], elements)
            if population == "organic" and row["source"].startswith("MP_"):
                continue  # calculated salts and hydrides: no molecular crystals
            found[population, prepared.entry.bravais_lattice].append(prepared.entry)
    return {(REAL[name], lattice): entries[: 2 * PER_LATTICE] for (name, lattice), entries in found.items()}


def collect(entries) -> dict[str, np.ndarray]:
    rows = [quantities(entry) for entry in entries]
    return {name: np.concatenate([np.asarray(row[name], float) for row in rows]) for name in QUANTITIES}


def compare(population, real, writer) -> None:
    """One figure, and one row of the table for each lattice and quantity."""
    figure, axes = plt.subplots(len(QUANTITIES) + 1, len(LATTICES), figsize=(24, 13))
    for column, lattice in zip(axes.T, LATTICES, strict=True):
        known = real.get((population, lattice), [])
        made = list(islice(synthetic_entries(population, np.random.default_rng(0), lattice), N_SYNTHETIC))
        theirs, ours = collect(known) if known else None, collect(made)
        column[0].set_title(f"{lattice} ({len(known)})")
        for panel, name in zip(column, QUANTITIES, strict=False):
            _histograms(panel, None if theirs is None else theirs[name], ours[name])
            if theirs is not None and min(len(theirs[name]), len(ours[name])) >= FEWEST:
                distance = ks_2samp(theirs[name], ours[name]).statistic
                medians = np.median(theirs[name]), np.median(ours[name])
                writer.writerow([population, lattice, name, len(known), *(f"{v:.4g}" for v in (*medians, distance))])
        middle = np.sqrt(GAPS[1:] * GAPS[:-1])
        if len(known) >= FEWEST:
            column[-1].semilogx(middle, observed_by_gap(known), "0.5", marker=".", label="CIFs")
        column[-1].semilogx(middle, observed_by_gap(made), "C1", marker=".", label="synthetic")
        column[-1].set_ylim(0, 1)
    for panel, label in zip(axes[:, 0], [*QUANTITIES.values(), "observable fraction, by gap in 1/Å²"], strict=True):
        panel.set_ylabel(label.replace(" ", "\n", 2), fontsize=8)
    figure.suptitle(f"{population}: CIFs grey (number in brackets), synthetic orange")
    for panel in axes.flat:
        panel.tick_params(labelsize=6)
    figure.tight_layout()
    figure.savefig(DOCS / f"synthetic_{population}.png", dpi=55)
    plt.close(figure)


def _histograms(panel, theirs, ours) -> None:
    both = ours if theirs is None else np.concatenate([theirs, ours])
    panel.set_yticks([])
    if len(both) == 0 or np.ptp(both) < 1e-9:
        return
    edges = np.linspace(*np.quantile(both, [0.005, 0.995]), 16)
    if theirs is not None and len(theirs) >= FEWEST:
        panel.hist(theirs, edges, density=True, color="0.75")
    panel.hist(ours, edges, density=True, histtype="step", color="C1")


def main() -> None:
    index, folder = sys.argv[1:3]
    real = real_entries(index, folder, np.random.default_rng(0))
    with (DOCS / "synthetic_crystals.csv").open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["population", "lattice", "quantity", "n_cifs", "median_cifs", "median_synthetic", "ks"])
        for population in REAL.values():
            compare(population, real, writer)


if __name__ == "__main__":
    main()
