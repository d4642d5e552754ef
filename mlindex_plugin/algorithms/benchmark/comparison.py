"""Two runs on the same lists: which searches only one of them got right."""

from __future__ import annotations

import json
from pathlib import Path

from scipy.stats import binomtest

from mlindex_plugin.algorithms.benchmark.rates import RATES, grouped
from mlindex_plugin.errors import InputError

COMPARED = ("top_1", "top_10")
SCHEMA = {"name": "mlindex_benchmark", "version": 1}


def mcnemar(only_this: int, only_other: int) -> float:
    """Exact two-sided p value that two programs are equally good (McNemar, 1947, Psychometrika 12, 153).

    Parameters
    ----------
    only_this, only_other : int
        Searches that only one of them got right: a binomial distribution of probability one half.
    """
    n = only_this + only_other
    return float(binomtest(only_this, n, 0.5).pvalue) if n else 1.0


def read_run(path) -> list[dict]:
    """Records of another run.

    Raises
    ------
    InputError
        If the file cannot be read as a summary of this command.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if content["schema"] == SCHEMA:
            return content["searches"]
    except (OSError, ValueError, TypeError, KeyError):
        pass
    raise InputError(f"benchmark.compare={path}: not a mlindex_benchmark.json of this version; name one.")


def compare(records: list[dict], other: list[dict]) -> list[dict]:
    """Pair the searches of two runs by condition, crystal and list, and count.

    Parameters
    ----------
    records, other : list of dict
        Of this run and the other.

    Returns
    -------
    list of dict
        One for each condition: ``condition``, ``lattice`` and ``rows``: by group ``n`` (pairs) and, for top_1 and
        top_10, ``both``, ``only_this``, ``only_other`` and ``p`` (exact, McNemar). Searches without a partner that
        has the same list do not count.
    """
    partners = {_key(record): record for record in other}
    pairs = [(record, partners[_key(record)]) for record in records if _key(record) in partners]
    found = []
    for condition, lattice in dict.fromkeys((one["condition"], one["lattice"]) for one, _ in pairs):
        of_table = [one for one, _ in pairs if (one["condition"], one["lattice"]) == (condition, lattice)]
        rows = {group: _counts(members, partners) for group, members in grouped(of_table).items()}
        found.append({"condition": condition, "lattice": lattice, "rows": rows})
    return found


def changed(records: list[dict], other: list[dict]) -> list[tuple[dict, dict]]:
    """Pairs (this, other) of which one has the truth at rank 1 and the other has not."""
    partners = {_key(record): record for record in other}
    pairs = [(record, partners[_key(record)]) for record in records if _key(record) in partners]
    return [(one, its) for one, its in pairs if RATES["top_1"](one) != RATES["top_1"](its)]


def _key(record: dict) -> tuple:
    return tuple(record[name] for name in ("condition", "lattice", "name", "list_digest"))


def _counts(records: list[dict], partners: dict[tuple, dict]) -> dict:
    row: dict = {"n": len(records)}
    for name in COMPARED:
        this = [RATES[name](record) for record in records]
        its = [RATES[name](partners[_key(record)]) for record in records]
        only_this = sum(a and not b for a, b in zip(this, its, strict=True))
        only_other = sum(b and not a for a, b in zip(this, its, strict=True))
        both = sum(a and b for a, b in zip(this, its, strict=True))
        p = mcnemar(only_this, only_other)
        row[name] = {"both": both, "only_this": only_this, "only_other": only_other, "p": p}
    return row
