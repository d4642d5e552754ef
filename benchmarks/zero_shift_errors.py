"""Whether the standard errors of the zero shift are right, and what fixing it does to the cell.

Simulated lists of the benchmark in two-theta, whose true cell is refined on the peaks, so that this is the refinement
alone and no search.

    python benchmarks/zero_shift_errors.py real.h5 --n 15
"""

from __future__ import annotations

import argparse

import numpy as np
from cctbx import uctbx
from surroundings import commit, write_result

from mlindex_plugin.algorithms.benchmark import crystal_searches, simulated_conditions
from mlindex_plugin.algorithms.benchmark.crystal_choice import PARTS
from mlindex_plugin.algorithms.benchmark.verdict import solution_of_truth
from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.search import observe

_CONDITIONS = ("error", "zero_0.02", "zero_0.07", "laboratory", "synchrotron")
_FEWEST = 10  # lines indexed
_HEAD = ("condition", "lists", "stated", "rms", "within 1", "within 2", "mean", "std", "dV/V refined", "dV/V fixed")


def refined(search, n_peaks: int, zero_shift: str):
    """The true cell on the peaks of a search; None where it indexes too few."""
    observed = observe(search.peaks, zero_shift).first(min(n_peaks, len(search.peaks)))
    solution = solution_of_truth(search.truth, observed, search.peaks.wavelength)
    return solution if solution is not None and solution.n_indexed >= _FEWEST else None


def record(search, n_peaks: int) -> tuple[float, float, float, float] | None:
    """Error of the zero shift, its standard error, degrees, and relative errors of the volume: refined and fixed."""
    free, fixed = (refined(search, n_peaks, word) for word in ("refine", "fix"))
    if free is None or fixed is None:
        return None
    volume = uctbx.unit_cell(search.truth.niggli).volume()
    off = [abs(uctbx.unit_cell(one.niggli_cell).volume() / volume - 1) for one in (free, fixed)]
    return free.zero_shift - search.about["zero_shift"], free.zero_shift_sigma, *off


def row(records: np.ndarray) -> list:
    """Figures of one condition, in the order of the table."""
    error, sigma, volume_refined, volume_fixed = records.T
    pull = error / sigma
    return [
        len(records),
        round(float(np.median(sigma)), 4),
        round(float(np.sqrt(np.mean(error**2))), 4),
        *(round(float(np.mean(np.abs(pull) < k)), 2) for k in (1, 2)),
        round(float(pull.mean()), 2),
        round(float(pull.std()), 2),
        *(float(f"{np.median(off):.2g}") for off in (volume_refined, volume_fixed)),
    ]


def main(arguments=None) -> None:
    options = _options(arguments)
    conditions = {name: one for name, one in simulated_conditions().items() if name in options.conditions}
    records: dict[str, list] = {name: [] for name in conditions}
    for symbol in LATTICES:
        for one in crystal_searches([options.data], symbol, conditions, options.part, options.n, 60, options.seed):
            found = record(one, options.n_peaks)
            if found is not None:
                records[one.condition].append(found)
    table = {name: row(np.array(rows)) for name, rows in records.items()}
    print(" | ".join(_HEAD))
    for name, figures in table.items():
        print(" | ".join(map(str, [name, *figures])))
    write_result(f"zero_shift_errors_{options.part}", {"commit": commit(), "options": vars(options), "table": table})


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="data set of dials.mlindex_dataset")
    parser.add_argument("--conditions", nargs="+", default=list(_CONDITIONS), choices=_CONDITIONS)
    parser.add_argument("--part", default="development", choices=PARTS)
    parser.add_argument("--n", type=int, default=15, help="lists of each lattice and condition, at most")
    parser.add_argument("--n-peaks", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
