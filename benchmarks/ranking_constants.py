"""How the constants of the evidence and of the probability of a solution were chosen, and how good they are.

Reads pools of `benchmarks/ranking_pools.py` and ranks them with the evidence of today. Prints

- for constants of the evidence, one changed at a time, the truth added to its pool: how often it is first, and the
  mean logarithm of its probability at the best temperature;
- the constants of the probability, fitted to the pools as they are (maximum likelihood of the first solutions being
  right or wrong), and its calibration by cross-validation: no crystal is judged by constants that it had a part in.
  All conditions weigh the same, random lines as one of them;
- where a search would end that ends at a probability, and where it ends now.

    python benchmarks/ranking_constants.py pools.jsonl

Pools of `benchmarks/derivative_pools.py` say how well the truth is told from its derivative lattices, and have no
decisions to judge nor random lines to refuse: of them look at the first part alone (--evidence-only).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass, replace

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np
from cctbx import uctbx
from ranking_pools import RANDOM
from scipy.optimize import minimize, minimize_scalar

from mlindex_plugin.algorithms.benchmark.agreement import same_lattice
from mlindex_plugin.algorithms.benchmark.calibration import calibration
from mlindex_plugin.algorithms.benchmark.crystal_choice import stream
from mlindex_plugin.algorithms.benchmark.searches import Truth
from mlindex_plugin.algorithms.peaks import PeakList
from mlindex_plugin.algorithms.ranking import Entry, convincing, rank
from mlindex_plugin.algorithms.ranking.evidence import EvidenceConstants
from mlindex_plugin.algorithms.ranking.probability import ProbabilityConstants, probabilities, same_answer, weights
from mlindex_plugin.algorithms.search import Observed, Refined, observe, refine_cells

VARIATIONS = {
    "contaminant_rate": (0.005, 0.02),
    "degrees_of_freedom": (3, 8, 1000),
    "price": (0.65, 1.0),
    "superstructure": (1e-9, 0.01, 0.2),
    "coincidence": (0.0, 6.0, 12.0),
}
N_FOLDS = 10
CONFIDENT = 0.9
_LEAST = 0.003  # a probability counts as no smaller: one surprise must not outweigh all others


@dataclass(frozen=True)
class Decision:
    """A pool as it was when the search decided whether to go on.

    Attributes
    ----------
    observed : Observed
    entries : list of Entry
        Ranked with the evidence of today.
    true : numpy.ndarray of bool, shape (n,)
    """

    observed: Observed
    entries: list[Entry]
    true: np.ndarray

    @property
    def right(self) -> bool:
        """Whether the first cell is the true one."""
        return bool(len(self.true) and self.true[0])


@dataclass(frozen=True)
class Pool:
    """A search.

    Attributes
    ----------
    condition, crystal : str
    decisions : list of Decision
    niggli : cctbx.uctbx.unit_cell or None
        Of the true lattice.
    truth : (str, Refined) or None
        The true Bravais lattice and cell, refined on the peaks of the last decision.
    """

    condition: str
    crystal: str
    decisions: list[Decision]
    niggli: object
    truth: tuple[str, Refined] | None

    @property
    def last(self) -> Decision:
        return self.decisions[-1]


def read_pools(paths) -> list[Pool]:
    """Pools of files of JSON lines; the last line of a file that is being written may be cut."""
    pools = []
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            pools += [_pool(json.loads(line)) for line in lines if line.endswith("\n")]
    return pools


def _pool(record: dict) -> Pool:
    peaks, niggli, refined = record["peaks"], None, None
    q2, sigma = np.array(peaks["q2"]), np.array(peaks["sigma"])
    about = {name: peaks[name] for name in ("sigma_measured", "unit", "wavelength")}
    everything = observe(PeakList(q2, sigma, **about))
    truth = None if record["truth"] is None else Truth(record["truth"]["symbol"], tuple(record["truth"]["cell"]))
    if truth is not None:
        niggli = uctbx.unit_cell(truth.niggli)
    decisions = [_decision(decision, everything, niggli) for decision in record["decisions"]]
    if truth is not None:
        refined = refine_cells(truth.bravais_lattice, truth.x[None], decisions[-1].observed)
    words = record["name"].split("/")
    known = refined is not None and len(refined) > 0
    return Pool(words[0], words[-1], decisions, niggli, (truth.bravais_lattice, refined) if known else None)


def _decision(record: dict, everything: Observed, niggli) -> Decision:
    observed = everything.first(record["n_peaks"])
    cells: dict[str, list] = {}
    for entry in record["entries"]:
        cells.setdefault(entry["symbol"], []).append(entry["x"])
    entries = rank([(symbol, refine_cells(symbol, np.array(x), observed)) for symbol, x in cells.items()], observed)
    return Decision(observed, entries, _is_true(entries, niggli))


def _is_true(entries: list[Entry], niggli) -> np.ndarray:
    true = [niggli is not None and same_lattice(uctbx.unit_cell(entry.niggli), niggli) for entry in entries]
    return np.array(true, dtype=bool)


def weights_of(pools: list[Pool]) -> np.ndarray:
    """One a pool, so that all conditions weigh the same; mean one."""
    count = Counter(pool.condition for pool in pools)
    weight = np.array([1 / count[pool.condition] for pool in pools])
    return weight / weight.mean()


def evidence_line(pools: list[Pool], constants: EvidenceConstants) -> str:
    """How well some constants of the evidence tell the truth from the cells that compete with it."""
    known = [pool for pool in pools if pool.truth is not None]
    weight = weights_of(known)
    scored = []
    for pool in known:
        cells = [pool.truth, *((entry.symbol, entry.refined) for entry in pool.last.entries)]
        entries = rank(cells, pool.last.observed, constants)
        true = _is_true(entries, pool.niggli)
        evidence = np.array([entry.evidence for entry in entries])
        scored.append((evidence[true].max(initial=-np.inf), np.append(-np.inf, evidence[~true])))
    first = np.average([best > wrong.max() for best, wrong in scored], weights=weight)

    def surprise(temperature: float) -> float:
        terms = [min(np.logaddexp.reduce(np.append(0, temperature * (wrong - best))), 12) for best, wrong in scored]
        return float(np.average(terms, weights=weight))

    found = minimize_scalar(surprise, bounds=(0.05, 1.5), method="bounded")
    return f"{constants}: first {first:.3f}, -log p {found.fun:.3f} at temperature {found.x:.2f}"


@dataclass(frozen=True)
class Score:
    """What the fit needs of a pool: evidence, which entries are the first one's lattice, and whether it is right."""

    evidence: np.ndarray
    first: np.ndarray
    right: bool

    def probability(self, constants: ProbabilityConstants) -> tuple[float, float]:
        """Of the first solution, and of none."""
        share, none = weights(self.evidence, constants)
        return float(share[self.first].sum()), none


def score_of(decision: Decision) -> Score:
    evidence = np.array([entry.evidence for entry in decision.entries])
    return Score(evidence, same_answer(decision.entries)[0], decision.right)


def fit(scores: list[Score], weight: np.ndarray) -> ProbabilityConstants:
    """Constants of maximum likelihood of the first solutions being right or wrong."""

    def surprise(values) -> float:
        p = np.clip([score.probability(_physical(values))[0] for score in scores], _LEAST, 1 - _LEAST)
        right = np.array([score.right for score in scores])
        return float(np.average(-np.log(np.where(right, p, 1 - p)), weights=weight))

    best = minimize(surprise, (0.4, 3.0, 0.03), method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-5})
    return _physical(best.x)


def _physical(values) -> ProbabilityConstants:
    temperature, none, astray = values
    return ProbabilityConstants(temperature, none, min(max(astray, 0.0), 0.5))


def cross_validated(pools: list[Pool], scores: list[Score], weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probability of the first solution and of none for each pool, by constants fitted to other crystals."""
    fold = np.array([stream(0, pool.crystal) % N_FOLDS for pool in pools])
    found = np.empty((len(pools), 2))
    for number in np.unique(fold):
        others = fold != number
        constants = fit([score for score, other in zip(scores, others, strict=True) if other], weight[others])
        found[~others] = [
            score.probability(constants) for score, other in zip(scores, others, strict=True) if not other
        ]
    return found[:, 0], found[:, 1]


def say_calibration(pools, scores, p: np.ndarray, none: np.ndarray) -> None:
    """Calibration of lists that have a cell, and the share of each condition that is refused."""
    real = np.array([pool.condition != RANDOM for pool in pools])
    right = np.array([score.right for score in scores])
    found = calibration([_record(*one) for one in zip(p[real], right[real], strict=True)])
    confident = found["confident"]
    print(f"lists with a cell: {found['n']}, first solution right {right[real].mean():.3f}")
    print(f"expected calibration error {found['error']:.3f}; of perfect statements {_noise(p[real]):.3f}")
    print(f"Brier score {found['brier']:.3f}, base rate {found['brier_of_base_rate']:.3f}")
    print(f"given {CONFIDENT}: {confident['n']}, right {confident['right']}")
    print(f"share of the right that are given {CONFIDENT}: {confident['part_of_right']:.3f}")
    for one in found["bins"]:
        print(f"  stated {one['stated']:.2f}, right {one['right']:.2f} of {one['n']}")
    for condition in dict.fromkeys(pool.condition for pool in pools):
        of = np.array([pool.condition == condition for pool in pools])
        print(
            f"{condition}: n {of.sum()}, right {right[of].mean():.2f}, stated {p[of].mean():.2f}, "
            f"given {CONFIDENT} {np.mean(p[of] >= CONFIDENT):.2f}, refused {np.mean(none[of] > 0.5):.2f}"
        )


def _record(p: float, right: bool) -> dict:
    return {"best": {"probability": p}, "rank": 1 if right else None}


def _noise(p: np.ndarray) -> float:
    """Expected calibration error, on average, where every statement is exactly right."""
    rng = np.random.default_rng(0)
    drawn = (calibration([_record(*one) for one in zip(p, rng.random(len(p)) < p, strict=True)]) for _ in range(200))
    return float(np.mean([one["error"] for one in drawn]))


def say_endings(pools: list[Pool], constants: ProbabilityConstants) -> None:
    """Searches of several decisions: where they end by the rule of today, and by the probability of the first cell."""
    known = [pool for pool in pools if len(pool.decisions) > 1]

    def at_probability(least: float):
        return lambda one: bool(one.entries) and probabilities(one.entries, constants)[0][0] >= least

    rules = {"today": lambda one: convincing(one.entries, one.observed)}
    rules |= {f"probability {least}": at_probability(least) for least in (0.95, 0.98, 0.99, 0.995, 0.999)}
    print(f"{len(known)} searches of more than one decision")
    for name, ends in rules.items():
        first = [next((one for one in pool.decisions[:-1] if ends(one)), None) for pool in known]
        ended = [(one, pool.last) for one, pool in zip(first, known, strict=True) if one is not None]
        wrong = sum(not one.right for one, _ in ended)
        lost = sum(last.right and not one.right for one, last in ended)
        print(f"  {name}: {len(ended)} end before the last decision, {wrong} at a wrong cell, {lost} found later")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pools", nargs="+", help="files of benchmarks/ranking_pools.py")
    parser.add_argument("--evidence-only", action="store_true", help="no probabilities, for derivative_pools.py")
    options = parser.parse_args()
    pools = [pool for pool in read_pools(options.pools) if pool.last.entries]
    constants = EvidenceConstants()
    print(evidence_line(pools, constants))
    for name, values in VARIATIONS.items():
        for value in values:
            print(evidence_line(pools, replace(constants, **{name: value})), flush=True)
    if options.evidence_only:
        return
    scores, weight = [score_of(pool.last) for pool in pools], weights_of(pools)
    chosen = fit(scores, weight)
    print(f"\nfitted to all: {chosen}")
    say_calibration(pools, scores, *cross_validated(pools, scores, weight))
    print(f"\nas chosen: {ProbabilityConstants()}")
    say_calibration(pools, scores, *np.array([score.probability(ProbabilityConstants()) for score in scores]).T)
    say_endings(pools, chosen)


if __name__ == "__main__":
    main()
