"""Tables of `kernel_variants`: each variant beside the product, list by list."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from scipy.stats import binomtest


def print_tables(records: list[dict], names) -> None:
    """Print a row a variant: over all lists, then the difference from the product by lattice and by condition.

    Parameters
    ----------
    records : list of dict
        As `kernel_variants.measure` yields them.
    names : sequence of str
        Of the variants, in the order of rows; the first is the product, with which the others are compared.
    """
    of_variant = defaultdict(dict)
    for record in records:
        of_variant[record["variant"]][record["condition"], record["lattice"], record["list"]] = record
    product, measured = names[0], [name for name in names if name in of_variant]
    of_product = of_variant[product]
    print(
        f"{len(of_product)} lists\n\n| variant | found, % | won : lost | p | reached, % | iterations | µs "
        "| equal time, % | difference, % |\n" + "| --- " * 9 + "|"
    )
    for name in measured:
        print(f"| {name} | {_row_text(compared(of_variant[name], of_product))} |")
    values = [
        (field, value)
        for field in ("lattice", "condition")
        for value in dict.fromkeys(record[field] for record in records)
    ]
    print(f"\n| variant | {' | '.join(value for _, value in values)} |\n" + "| --- " * (len(values) + 1) + "|")
    for name in measured:
        rows = [compared(_chosen(of_variant[name], *one), of_product) for one in values]
        cells = [f"{100 * row['equal_time']:.0f}" if name == product else _signed(row["difference"]) for row in rows]
        print(f"| {name} | {' | '.join(cells)} |")


def _chosen(own: dict, field: str, value: str) -> dict:
    return {key: record for key, record in own.items() if record[field] == value}


def _signed(share: float) -> str:
    return f"{100 * share:+.0f}"


def compared(own: dict, of_product: dict) -> dict[str, float]:
    """A variant beside the product, on the lists that both have.

    Parameters
    ----------
    own, of_product : dict
        Records by (condition, lattice, list).

    Returns
    -------
    dict of str to float
        ``lists``; ``found``, the share of lists; ``won`` and ``lost``, lists found where the product did not and the
        other way round; ``p`` that they differ so by chance (McNemar's test, exact); ``reached``, mean share of
        candidates that end on the true cell; ``iterations`` of a candidate; ``microseconds`` of an iteration;
        ``equal_time``, the mean probability that one of as many candidates as the product's time allows reaches the
        true cell; ``difference`` from the product's and its standard ``error``.
    """
    keys = [key for key in own if key in of_product]
    mine, others = [own[key] for key in keys], [of_product[key] for key in keys]
    won = sum(a["found"] and not b["found"] for a, b in zip(mine, others, strict=True))
    lost = sum(b["found"] and not a["found"] for a, b in zip(mine, others, strict=True))
    speed = _speed(mine, others)
    shares = np.array([a["reached"] / a["candidates"] for a in mine])
    difference = _success(mine, speed) - _success(others, dict.fromkeys(speed, 1.0))
    total = {name: sum(a[name] for a in mine) for name in ("iterations", "seconds", "candidates")}
    return {
        "lists": len(keys),
        "found": float(np.mean([a["found"] for a in mine])),
        "won": won,
        "lost": lost,
        "p": binomtest(won, won + lost).pvalue if won + lost else 1.0,
        "reached": float(shares.mean()),
        "iterations": total["iterations"] / total["candidates"],
        "microseconds": 1e6 * total["seconds"] / total["iterations"],
        "equal_time": float(_success(mine, speed).mean()),
        "difference": float(difference.mean()),
        "error": float(difference.std(ddof=1) / np.sqrt(len(keys))) if len(keys) > 1 else float("nan"),
    }


def _speed(mine: list[dict], others: list[dict]) -> dict[str, float]:
    """Candidates in the time of one of the product's, by lattice."""
    seconds = defaultdict(lambda: np.zeros(2))
    for a, b in zip(mine, others, strict=True):
        seconds[a["lattice"]] += a["seconds"], b["seconds"]
    return {symbol: float(other / own) for symbol, (own, other) in seconds.items()}


def _success(records: list[dict], speed: dict[str, float]) -> np.ndarray:
    """Probability, of each list, that one of `speed` times its candidates reaches the true cell."""
    share = np.array([a["reached"] / a["candidates"] for a in records])
    return 1 - (1 - share) ** np.array([a["candidates"] * speed[a["lattice"]] for a in records])


def _row_text(row: dict[str, float]) -> str:
    """The columns of the first table."""
    return (
        f"{100 * row['found']:.1f} | {row['won']} : {row['lost']} | {row['p']:.2g} "
        f"| {100 * row['reached']:.2f} | {row['iterations']:.1f} | {row['microseconds']:.2f} "
        f"| {100 * row['equal_time']:.1f} | {100 * row['difference']:+.1f} ± {100 * row['error']:.1f}"
    )
