"""What each generator is worth: how often the search succeeds with a number of candidates of each, alone and mixed.

Every candidate is optimised as in the search; it succeeds where it ends on the true cell (1 % of the length of (a, b,
c), 1 degree). A generator whose candidates succeed with probability p on a pattern succeeds with N of them with
probability 1 - (1 - p)^N, a mixture with p = sum of share times p of its members. Prints success of each member
alone, of the ensemble, and of the ensemble without each member. The last columns are the candidates with which success
reaches that of 2,000 random cells, and their ratio.

    python benchmarks/generator_worth.py real.h5 molecular.h5 layered.h5 --lattices aP --presets ideal smsfx --n 100

With --write the shares are chosen on these patterns (part development) and written to the package.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np
from crystal_lists import crystal_lists
from scipy.optimize import minimize
from surroundings import commit, write_result
from threadpoolctl import threadpool_limits

from mlindex_plugin.algorithms.benchmark.crystal_choice import PARTS, UNSEEN
from mlindex_plugin.algorithms.generators import load_ensemble
from mlindex_plugin.algorithms.generators.shares import SHARES_FILE
from mlindex_plugin.algorithms.lattice import LATTICES, cells_from_xnn, full_xnn, lattice_table
from mlindex_plugin.algorithms.lattice.closeness import close_candidates
from mlindex_plugin.algorithms.parallel import available_processors
from mlindex_plugin.algorithms.peaks import peaks_from_positions
from mlindex_plugin.algorithms.plan import largest_volume
from mlindex_plugin.algorithms.search import observe, optimise
from mlindex_plugin.algorithms.search.unit import N_ITERATIONS, ROOM, STALL, Unit, position_cells
from mlindex_plugin.whole_files import write_text

N_CANDIDATES = 2000
COUNTS = (30, 100, 300, 1000, 2000)
POSITIONS = "positions"  # exhaustive trial or zone relations
LEAST_SHARE = {"random": 0.05}  # of what no model has seen
FITTED_AT = {
    1: 30,
    2: 100,
}  # candidates for which the shares are best, by number of free parameters: fewer where few do
FITTED_AT_MOST = 300
WAVELENGTH = 1.5406  # Å, gives positions their default errors


def convergence(symbol: str, models: str | None, task) -> dict[str, dict]:
    """Of one pattern: for each member the share of candidates that end on the truth, and seconds."""
    with threadpool_limits(1):
        return _convergence(symbol, models, task)


def _convergence(symbol, models, task):
    number, q2, truth = task
    lattice, table = LATTICES[symbol], lattice_table(symbol)
    observed = observe(peaks_from_positions(q2, "q2", wavelength=WAVELENGTH, source=f"pattern {number}"))
    volume = largest_volume(symbol, observed, None)
    length = 0.01 * float(np.linalg.norm(cells_from_xnn(full_xnn(lattice, truth[None]))[0, :3]))
    whole = load_ensemble(symbol, models)
    result = {}
    for name in (*whole.members, POSITIONS):
        begin = time.process_time()
        if name == POSITIONS:
            start = position_cells(Unit(symbol, 0, N_CANDIDATES, 0, volume), observed, N_CANDIDATES)
        else:
            rng = np.random.default_rng(number)
            start = whole.alone(name).generate(observed.q2, N_CANDIDATES, rng, ROOM * volume)
        generated = time.process_time()
        best = optimise(table, start, observed, N_ITERATIONS, number, STALL)[0]
        optimised = time.process_time()
        right = close_candidates(symbol, best, truth, length, 1.0)
        result[name] = {
            "p": float(right.mean()) if len(right) else 0.0,
            "generate": generated - begin,
            "optimise": optimised - generated,
        }
    return result


def success(p: np.ndarray, n: int) -> float:
    """Mean probability that one of n candidates ends on the truth, over patterns with probabilities p."""
    return float(np.mean(1 - (1 - p) ** n))


def candidates_for(p: np.ndarray, wanted: float) -> int | None:
    """Fewest candidates whose success is `wanted`; None where 100,000 are not enough."""
    low, high = 1, 100_000
    if success(p, high) < wanted:
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if success(p, middle) >= wanted else (middle + 1, high)
    return low


def best_shares(p: dict[str, np.ndarray], n: int) -> dict[str, float]:
    """Shares of the members that give the highest success with n candidates; it is concave in them."""
    names = list(p)
    stacked = np.array([p[name] for name in names])
    bounds = [(LEAST_SHARE.get(name, 0.0), 1.0) for name in names]
    found = minimize(
        lambda w: -success(np.clip(w @ stacked, 0, 1), n),
        np.full(len(names), 1 / len(names)),
        bounds=bounds,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-9},
    )
    shares = np.round(found.x, 2)
    return {name: float(share) for name, share in zip(names, shares, strict=True) if share > 0}


def curves(p: dict[str, np.ndarray], shares: dict[str, float]) -> dict[str, dict]:
    """Success of members, of the ensemble, and of the ensemble without each member."""

    def mixed(chosen):
        total = sum(chosen.values())
        return sum(share / total * p[name] for name, share in chosen.items())

    sets = {name: p[name] for name in p}
    sets["ensemble"] = mixed(shares)
    for name in shares:
        rest = {other: share for other, share in shares.items() if other != name}
        if sum(rest.values()) > 0:
            sets[f"without {name}"] = mixed(rest)
    wanted = success(p["random"], N_CANDIDATES)
    table = {}
    for title, values in sets.items():
        needed = candidates_for(values, wanted)
        table[title] = {
            "success": {n: round(100 * success(values, n), 1) for n in COUNTS},
            "as_random_with": needed,
            "ratio": None if needed is None else round(needed / N_CANDIDATES, 3),
        }
    return table


def print_curves(title: str, table: dict[str, dict], shares: dict[str, float]) -> None:
    """One row a set of generators."""
    head = " | ".join(f"{n:,}" for n in COUNTS)
    print(f"\n{title}\n| candidates | share | {head} | as random with | ratio |")
    print("| --- " * (len(COUNTS) + 4) + "|")
    for name, row in table.items():
        numbers = " | ".join(f"{value:.1f}" for value in row["success"].values())
        share = f"{100 * shares[name]:.0f} %" if name in shares else ""
        print(f"| {name} | {share} | {numbers} | {row['as_random_with']} | {row['ratio']} |", flush=True)


def main(arguments=None):
    """Run the evaluation; prints tables and writes build/generator_worth_<part>.json."""
    options = _options(arguments)
    results, shares = {}, json.loads(SHARES_FILE.read_text())
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for symbol in options.lattices:
            n_peaks = 10 if LATTICES[symbol].system == "cubic" else options.n_peaks
            p = {}
            for preset in options.presets:
                lists = crystal_lists(options.data, symbol, preset, options.part, options.n, n_peaks)
                tasks = list(zip(range(len(lists)), lists.q2, lists.x, strict=True))
                found = list(pool.map(partial(convergence, symbol, options.models), tasks, chunksize=2))
                p[preset] = {name: np.array([one[name]["p"] for one in found]) for name in found[0]}
                seconds = {
                    name: {
                        step: round(float(np.mean([one[name][step] for one in found])), 3)
                        for step in ("generate", "optimise")
                    }
                    for name in found[0]
                }
                results[f"{symbol} {preset}"] = {"patterns": len(lists), "seconds": seconds}
            if options.write:
                drawn = [name for name in found[0] if name != POSITIONS]
                shares[symbol] = best_shares(
                    {name: np.concatenate([p[preset][name] for preset in p]) for name in drawn},
                    FITTED_AT.get(LATTICES[symbol].n_free, FITTED_AT_MOST),
                )
                write_text(SHARES_FILE, json.dumps(shares, indent=1) + "\n")
            for preset in options.presets:
                table = curves(p[preset], shares[symbol])
                results[f"{symbol} {preset}"]["curves"] = table
                title = f"{symbol}, {preset}, {results[f'{symbol} {preset}']['patterns']} patterns, {n_peaks} peaks"
                print_curves(title, table, shares[symbol])
    record = {"commit": commit(), "options": vars(options), "results": results}
    write_result(f"generator_worth_{options.part}", record)


def _options(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", help="data sets of dials.mlindex_dataset")
    parser.add_argument(
        "--lattices", nargs="+", choices=tuple(LATTICES), default=["oP", "mP", "mC", "aP"], metavar="LATTICE"
    )
    parser.add_argument("--presets", nargs="+", default=["ideal", "smsfx"], metavar="PRESET")
    parser.add_argument("--part", default="development", choices=(*PARTS, UNSEEN))
    parser.add_argument("--n", type=int, default=100, help="patterns of each lattice and preset, at most")
    parser.add_argument("--n-peaks", type=int, default=20, help="peaks used, except of cubic lattices")
    parser.add_argument("--models", default=None, metavar="DIR", help="folder of dials.mlindex_train")
    parser.add_argument("--write", action="store_true", help="choose shares and write them to the package")
    parser.add_argument("--jobs", type=int, default=available_processors())
    options = parser.parse_args(arguments)
    if options.write and options.part != "development":
        parser.error("--write chooses, so it needs --part development")
    return options


if __name__ == "__main__":
    main()
