"""The optimiser's alternatives compared: which peaks, weights, step and assignment find the true cell most often.

Every variant optimises the same starting cells of the same lists, the true lattice given, as a later block of the
search does; only the variant differs. Lists are those of conditions of `dials.mlindex_benchmark`, of crystals of the
development half. A list is found where one of the 40 candidates that the search would keep is, refined, the true cell
(1 % of the length of (a, b, c), 1 degree).

    python benchmarks/kernel_variants.py real.h5 molecular.h5 --n 12 --out build/kernel_variants.jsonl

Each list and variant is a line of JSON, written when it is there; the same command goes on after an interruption.
Prints the tables of docs/optimiser_variants.md; with no lists left to measure, it only prints.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np
import variant_pieces as pieces
from surroundings import BUILD, commit
from threadpoolctl import threadpool_limits
from variant_kernel import Variant, optimise_variant
from variant_tables import print_tables

from mlindex_plugin.algorithms.benchmark import crystal_searches, simulated_conditions
from mlindex_plugin.algorithms.benchmark.crystal_choice import stream
from mlindex_plugin.algorithms.benchmark.searches import Search
from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, full_xnn, lattice_table
from mlindex_plugin.algorithms.lattice.closeness import close_candidates
from mlindex_plugin.algorithms.peaks import PeakList
from mlindex_plugin.algorithms.plan import largest_volume
from mlindex_plugin.algorithms.search import observe
from mlindex_plugin.algorithms.search.unit import N_ITERATIONS, STALL, Unit, finished_unit, starting_cells

LATER_BLOCK = 1  # has no candidates made of positions
N_CANDIDATES = {1: 50, 2: 100, 3: 200, 4: 500, 6: 600}  # by free parameters: so few that lists are missed
CONDITIONS = ("ideal", "laboratory", "smsfx", "zero_0.02")
PRODUCT, AGAIN = "product: half of the peaks", "product, other random numbers"
VARIANTS = {
    PRODUCT: Variant(),
    AGAIN: Variant(),
    "3 of 20": Variant(share=3 / 20),
    "4 of 20": Variant(share=4 / 20),
    "5 of 20": Variant(share=5 / 20),
    "6 of 20": Variant(share=6 / 20),
    "7 of 20": Variant(share=7 / 20),
    "12 of 20": Variant(share=12 / 20),
    "15 of 20": Variant(share=15 / 20),
    "all (none)": Variant(share=1.0),
    "20 of 20 drawn with replacement": Variant(share=1.0, draw=pieces.REPLACED),
    "10 of 20 by probability": Variant(draw=pieces.CERTAIN),
    "15 of 20 by probability": Variant(share=15 / 20, draw=pieces.CERTAIN),
    "re-sample": Variant(share=1.0, assignment=pieces.BY_DOCUMENT),
    "combined, 15 of 20": Variant(share=15 / 20, assignment=pieces.BY_DOCUMENT),
    "combined, half": Variant(assignment=pieces.BY_DOCUMENT),
    "re-sample, own misfit": Variant(share=1.0, assignment=pieces.BY_MISFIT),
    "combined, half, own misfit": Variant(assignment=pieces.BY_MISFIT),
    "Eq. 18, all": Variant(share=1.0, weights=pieces.COELHO),
    "Eq. 18, half": Variant(weights=pieces.COELHO),
    "Eq. 18 without intensities, half": Variant(weights=pieces.COELHO_ALIKE),
    "Eq. 18, 5 of 20": Variant(share=5 / 20, weights=pieces.COELHO),
    "random exponent alone, all": Variant(share=1.0, weights=pieces.EXPONENT),
    "random exponent alone, half": Variant(weights=pieces.EXPONENT),
    "random exponent and errors, half": Variant(weights=pieces.EXPONENT_AND_ERRORS),
    "random exponent and errors, 5 of 20": Variant(share=5 / 20, weights=pieces.EXPONENT_AND_ERRORS),
    "Gauss-Newton, all": Variant(share=1.0, weights=pieces.NEWTON),
    "Gauss-Newton, 15 of 20": Variant(share=15 / 20, weights=pieces.NEWTON),
    "Gauss-Newton, half": Variant(weights=pieces.NEWTON),
    "Gauss-Newton, 5 of 20": Variant(share=5 / 20, weights=pieces.NEWTON),
    "Gauss-Newton, variance followed, half": Variant(weights=pieces.NEWTON_FOLLOWED),
    "errors and misfit, half": Variant(weights=pieces.MISFIT_AND_ERRORS),
}


def strength_of(peaks: PeakList) -> np.ndarray:
    """Square of intensity times d 2θ/d q2 up to a factor, shape (n,); a list in q has angles of short wavelengths."""
    cosine_square = 1 - peaks.q2 * (peaks.wavelength or 0.0) ** 2 / 4
    intensity = np.ones(len(peaks)) if peaks.intensity is None else peaks.intensity / peaks.intensity.max()
    return intensity**2 / (peaks.q2 * cosine_square)


def measure(search: Search, names, seed: int):
    """Optimise one list's starting cells by each variant, on all its peaks; yields a record of each."""
    symbol, truth = search.truth.bravais_lattice, search.truth.x
    lattice = LATTICES[symbol]
    observed = observe(search.peaks)
    strength = strength_of(search.peaks)
    n = N_CANDIDATES[lattice.n_free]
    unit = Unit(symbol, LATER_BLOCK, n, seed, largest_volume(symbol, observed, None))
    start, random_seed = starting_cells(unit, observed)
    length = 0.01 * float(np.linalg.norm(cells_from_xnn(full_xnn(lattice, truth[None]))[0, :3]))
    for name in names:
        own_seed = random_seed ^ 1 if name == AGAIN else random_seed
        arguments = lattice_table(symbol), start, observed, strength, N_ITERATIONS, own_seed, STALL, VARIANTS[name]
        begin = time.process_time()
        best, merit, iterations = optimise_variant(*arguments)
        seconds = time.process_time() - begin
        kept = finished_unit(unit, observed, best, merit).refined.x
        yield {
            "variant": name,
            "condition": search.condition,
            "lattice": symbol,
            "list": search.name,
            "candidates": len(start),
            "iterations": iterations,
            "seconds": seconds,
            "reached": int(close_candidates(symbol, best, truth, length, 1.0).sum()),
            "found": bool(close_candidates(symbol, kept, truth, length, 1.0).any()),
        }


def key(record: dict) -> tuple:
    """What tells a measurement from others."""
    return record["variant"], record["condition"], record["lattice"], record["list"]


def read_records(path: Path) -> list[dict]:
    """Complete lines of a file of JSON lines; none where there is no file."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def compile_variants(search: Search) -> None:
    """Compile before anything is timed."""
    list(measure(search, [PRODUCT], 0))


def main(arguments=None):
    """Measure what is missing, then print the tables."""
    options = _options(arguments)
    done = {key(record) for record in read_records(options.out)}
    conditions = {name: simulated_conditions()[name] for name in options.conditions}
    options.out.parent.mkdir(exist_ok=True)
    with threadpool_limits(1):
        for symbol in options.lattices:
            first, seed, n_peaks = options.first, options.seed, options.n_peaks
            every = crystal_searches(options.data, symbol, conditions, "development", first + options.n, n_peaks, seed)
            wanted = [one for name in conditions for one in [s for s in every if s.condition == name][first:]]
            if wanted:
                compile_variants(wanted[0])
            for number, search in enumerate(wanted, 1):
                where = search.condition, symbol, search.name
                missing = [name for name in options.variants if (name, *where) not in done]
                records = list(measure(search, missing, stream(seed, *where) % 2**32)) if missing else []
                with open(options.out, "a", encoding="utf-8") as out:
                    out.write("".join(json.dumps(record) + "\n" for record in records))
                if records:
                    print(f"[{symbol} {number}/{len(wanted)}] {' '.join(where)}", flush=True)
    print(f"commit {commit()}")
    print_tables(read_records(options.out), list(VARIANTS))


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", help="data sets of dials.mlindex_dataset")
    parser.add_argument("--out", type=Path, default=BUILD / "kernel_variants.jsonl", help="file of JSON lines")
    parser.add_argument("--n", type=int, default=12, help="lists of each lattice and condition")
    parser.add_argument("--first", type=int, default=0, help="lists to pass over: another set of them")
    parser.add_argument("--n-peaks", type=int, default=20, help="peaks of each list, at most")
    parser.add_argument("--lattices", nargs="+", choices=tuple(LATTICES), default=["oP", "mP", "mC", "aP", "tP"])
    parser.add_argument("--conditions", nargs="+", choices=tuple(simulated_conditions()), default=CONDITIONS)
    parser.add_argument("--variants", nargs="+", choices=tuple(VARIANTS), default=tuple(VARIANTS), metavar="VARIANT")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
