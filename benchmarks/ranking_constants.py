"""How the constants of the evidence and of the probability of a solution were chosen, and how good they are.

Reads pools of `benchmarks/ranking_pools.py`. Every cell of a pool is refined again on the peaks of its list, so that
constants of the evidence can be changed. Prints

- for constants of the evidence, the truth added to its pool: how often it is first, and the mean logarithm of its
  probability at the best temperature;
- the constants of the probability, fitted to the pools as found, and its calibration by cross-validation: no crystal
  is judged by constants that it took part in choosing. All conditions weigh the same, random lists as one condition;
- what a search that ends on a probability would end on wrongly.

    python benchmarks/ranking_constants.py pools.jsonl
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import mlindex_plugin  # noqa: F401  (cctbx first)

# isort: split
import numpy as np
from scipy.optimize import minimize

from mlindex_plugin.algorithms.benchmark.crystal_choice import stream
from mlindex_plugin.algorithms.lattice import LATTICES, xnn_from_cells
from mlindex_plugin.algorithms.peaks import PeakList
from mlindex_plugin.algorithms.ranking.evidence import EvidenceConstants, log_evidence
from mlindex_plugin.algorithms.ranking.probability import ProbabilityConstants, probabilities
from mlindex_plugin.algorithms.search import Observed, Refined, observe, refine_cells

RATES, DEGREES, PRICES = (0.005, 0.01, 0.02), (3, 4, 8, 1000), (0.5, 0.65, 0.8, 1.0)
N_FOLDS = 10
RANDOM = ("uniform", "shuffled")


@dataclass(frozen=True)
class Case:
    """A pool, ready to be scored.

    Attributes
    ----------
    condition, crystal : str
    observed : Observed
        The peaks on which the pool was ranked.
    refined : list of (numpy.ndarray of int, Refined)
        Cells of a lattice, and their places in the pool.
    true : numpy.ndarray of bool
        Which cells of the pool are the truth.
    truth : Refined or None
        The true cell.
    """

    condition: str
    crystal: str
    observed: Observed
    refined: list[tuple[np.ndarray, Refined]]
    true: np.ndarray
    truth: Refined | None

    def evidence(self, constants: EvidenceConstants) -> np.ndarray:
        """Of every cell; -inf where it could not be refined."""
        found = np.full(len(self.true), -np.inf)
        for places, refined in self.refined:
            found[places] = log_evidence(refined, self.observed, constants)
        return found


def cases_of(pool: dict, number: int = -1) -> Case:
    """The pool after a decision of its search, by default the last."""
    condition, _, crystal = pool["name"].rpartition("/")[0].split("/")[0], None, pool["name"].split("/")[-1]
    peaks = pool["peaks"]
    listed = PeakList(
        np.array(peaks["q2"]),
        np.array(peaks["sigma"]),
        wavelength=peaks["wavelength"],
        unit=peaks["unit"],
        sigma_measured=peaks["sigma_measured"],
    )
    decision = pool["decisions"][number]
    observed = observe(listed).first(decision["n_peaks"])
    entries = decision["entries"]
    refined = []
    for symbol in {entry["symbol"] for entry in entries}:
        for i, entry in enumerate(entries):
            if entry["symbol"] == symbol:
                one = refine_cells(symbol, np.array([entry["x"]]), observed)
                refined += [(np.array([i]), one)] * len(one)
    truth = None
    if pool["truth"] is not None:
        symbol = pool["truth"]["symbol"]
        x = xnn_from_cells(np.array(pool["truth"]["cell"]))[list(LATTICES[symbol].columns)]
        truth = refine_cells(symbol, x[None], observed)
    return Case(condition, crystal, observed, refined, np.array([entry["true"] for entry in entries], bool), truth)
