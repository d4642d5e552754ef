"""Is a solution's probability what it says? Statistics over searches whose best solution states one."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.benchmark.rates import wilson_interval

N_BINS = 10
CONFIDENT = 0.9


def calibration(records: list[dict]) -> dict | None:
    """How the probabilities of the best solutions compare with how often these are right (top-1).

    Parameters
    ----------
    records : list of dict

    Returns
    -------
    dict or None
        ``n``; ``bins``, each with ``n``, ``stated`` (mean probability), ``right`` (part) and ``interval`` (Wilson), of
        equal width from 0 to 1, empty ones left out; ``error`` (expected calibration error: mean distance of stated and
        right over the searches); ``brier`` (mean squared difference; Brier 1950, Mon. Weather Rev. 78, 1) and
        ``brier_of_base_rate``, that of always stating the part that is right; ``confident``, the solutions of at least
        0.9: ``n``, ``right`` and ``part_of_right``, how many of the right ones are among them. None where no search
        states a probability.
    """
    stated = [record for record in records if record["best"] and record["best"]["probability"] is not None]
    if not stated:
        return None
    p = np.array([record["best"]["probability"] for record in stated], dtype=float)
    right = np.array([record["rank"] == 1 for record in stated])
    number = np.minimum((p * N_BINS).astype(int), N_BINS - 1)
    bins = [_bin(p[number == i], right[number == i]) for i in np.unique(number)]
    confident = p >= CONFIDENT
    return {
        "n": len(p),
        "bins": bins,
        "error": float(sum(one["n"] * abs(one["stated"] - one["right"]) for one in bins) / len(p)),
        "brier": float(np.mean((p - right) ** 2)),
        "brier_of_base_rate": float(right.mean() * (1 - right.mean())),
        "confident": {
            "n": int(confident.sum()),
            "right": int(right[confident].sum()),
            "part_of_right": float(confident[right].mean()) if right.any() else None,
        },
    }


def _bin(p: np.ndarray, right: np.ndarray) -> dict:
    return {
        "n": len(p),
        "stated": float(p.mean()),
        "right": float(right.mean()),
        "interval": wilson_interval(int(right.sum()), len(p)),
    }
