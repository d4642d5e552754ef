"""Rates of success with their confidence intervals, by Bravais lattice and for all of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mlindex_plugin.algorithms.lattice import LATTICES

ALL = "all"
# Rows beside those of single lattices: the first letters of the lattices that they unite.
_UNIONS = {"cubic to orthorhombic": "chto", "monoclinic": "m", ALL: "chtoma"}


def wilson_interval(successes: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """95 % confidence interval of a proportion (Wilson, 1927, J. Am. Stat. Assoc. 22, 209).

    Parameters
    ----------
    successes, n : int
    z : float
        Standard normal quantile.

    Returns
    -------
    low, high : float
        (0, 1) for n = 0.
    """
    if n == 0:
        return 0.0, 1.0
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def within(key: str, limit: int) -> Callable[[dict], bool]:
    """Whether a record's rank under `key` is at most `limit`."""
    return lambda record: record[key] is not None and record[key] <= limit


RATES: dict[str, Callable[[dict], bool]] = {
    "top_1": within("rank", 1),
    "top_10": within("rank", 10),
    "top_1_bravais": within("rank_bravais", 1),
    "top_1_strict": within("rank_strict", 1),
    "explains": lambda record: record["explains"],
}
FAILURES = ("search", "ranking", "refused")


def summarise(records: list[dict]) -> dict:
    """Rates and costs of a group of records.

    Returns
    -------
    dict
        ``n``; for each of `RATES` a dict of ``count``, ``rate`` (None for n = 0) and ``interval``; ``failures`` by
        kind; ``seconds``, ``processor_seconds`` and ``candidates`` as dicts of ``median``, ``p95`` and ``max``.
    """
    n = len(records)
    row: dict = {"n": n}
    for name, succeeds in RATES.items():
        count = sum(map(succeeds, records))
        row[name] = {"count": count, "rate": count / n if n else None, "interval": wilson_interval(count, n)}
    row["failures"] = {kind: sum(record["failure"] == kind for record in records) for kind in FAILURES}
    for name in ("seconds", "processor_seconds", "candidates"):
        row[name] = _spread([record[name] for record in records])
    return row


def tables(records: list[dict]) -> list[dict]:
    """A table for each condition, in the order of the records.

    Returns
    -------
    list of dict
        ``condition``, ``lattice`` (``known`` or ``unknown``), ``rows`` (group to `summarise`) and
        ``mean_over_lattices`` (``top_1`` and ``top_10``: each lattice counts the same).
    """
    found = []
    for condition, lattice in dict.fromkeys((record["condition"], record["lattice"]) for record in records):
        of_table = [r for r in records if (r["condition"], r["lattice"]) == (condition, lattice)]
        rows = {group: summarise(members) for group, members in grouped(of_table).items()}
        means = {
            name: float(np.mean([row[name]["rate"] for group, row in rows.items() if group in LATTICES]))
            for name in ("top_1", "top_10")
        }
        found.append({"condition": condition, "lattice": lattice, "rows": rows, "mean_over_lattices": means})
    return found


def grouped(records: list[dict]) -> dict[str, list[dict]]:
    """Records by lattice, in the order of lattices, then by unions of lattices that have more than one."""
    groups = {
        symbol: [r for r in records if r["bravais_lattice"] == symbol]
        for symbol in LATTICES
        if any(r["bravais_lattice"] == symbol for r in records)
    }
    for name, letters in _UNIONS.items():
        members = [symbol for symbol in groups if symbol in LATTICES and symbol[0] in letters]
        if len(members) > 1 or name == ALL:
            groups[name] = [r for r in records if r["bravais_lattice"] in members]
    return groups


def _spread(values: list[float]) -> dict[str, float]:
    if not values:
        return {"median": 0.0, "p95": 0.0, "max": 0.0}
    return {
        "median": float(np.median(values)),
        "p95": float(np.percentile(values, 95)),
        "max": float(np.max(values)),
    }
