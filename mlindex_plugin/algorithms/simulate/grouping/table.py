"""The shipped table of groups, and the group of a symbol."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from mlindex_plugin.algorithms.lattice import LATTICES
from mlindex_plugin.algorithms.simulate.grouping.conditions import reflection_conditions
from mlindex_plugin.algorithms.simulate.grouping.rule import RULE, Pattern, make_groups
from mlindex_plugin.algorithms.simulate.grouping.symbols import common_symbols, count_cells, molecular_counts
from mlindex_plugin.errors import InputError

N_MOLECULAR = 100_000
_COLUMNS = ("lattice", "group", "conditions", "cells", "molecular", "symbols")
_REMAKE = "Made by: python -m mlindex_plugin.algorithms.simulate.grouping cells.csv.gz groups.csv"


def make_table(path) -> str:
    """Text of the table of groups, from a table of cells.

    Parameters
    ----------
    path : str or pathlib.Path
        See `count_cells`.

    Returns
    -------
    str
        CSV below comment lines that hold the rule; one row for each pattern of reflection conditions, which are
        separated by ``;``, as are the symbols, the commonest first.

    Raises
    ------
    InputError
        If the table of cells cannot be used.
    """
    cells, molecular = count_cells(path), molecular_counts(N_MOLECULAR)
    lines = [f"# {line}" for line in (*RULE.splitlines(), _REMAKE)]
    lines.append(",".join(_COLUMNS))
    for lattice in LATTICES:
        groups = make_groups(_patterns(lattice, cells, molecular), axes_permute=lattice[0] == "o")
        for number, group in enumerate(groups, start=1):
            for pattern in group:
                lines.append(_row(lattice, f"{lattice}-{number}", pattern, cells, molecular))
    return "\n".join(lines) + "\n"


def _patterns(lattice, cells, molecular):
    symbols_of: dict = {}
    for symbol, (own_lattice, _) in common_symbols().items():
        if own_lattice == lattice:
            symbols_of.setdefault(tuple(reflection_conditions(symbol, lattice).items()), []).append(symbol)
    patterns = []
    for conditions, symbols in symbols_of.items():
        count = {symbol: cells[symbol] + molecular[symbol] for symbol in symbols}
        ordered = tuple(sorted(symbols, key=lambda symbol, count=count: (-count[symbol], symbol)))
        patterns.append(Pattern(dict(conditions), ordered, sum(count.values())))
    return patterns


def _row(lattice, group, pattern, cells, molecular):
    conditions = "; ".join(f"{name}: {condition}" for name, condition in pattern.conditions.items())
    n_cells = sum(cells[symbol] for symbol in pattern.symbols)
    n_molecular = sum(molecular[symbol] for symbol in pattern.symbols)
    symbols = "; ".join(pattern.symbols)
    return f'{lattice},{group},"{conditions or "none"}",{n_cells},{n_molecular:.0f},{symbols}'


@cache
def _groups() -> dict[str, str]:
    text = (files(__package__) / "groups.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {symbol: row["group"] for row in rows for symbol in row["symbols"].split("; ")}


def group_names(bravais_lattice: str) -> list[str]:
    """Names of the groups of a Bravais lattice, the largest first, as in ``["mP-1", "mP-2"]``."""
    names = sorted({name for name in _groups().values() if name.startswith(f"{bravais_lattice}-")})
    return sorted(names, key=lambda name: int(name.split("-")[1]))


def group_of(space_group: str) -> str:
    """The group of a space group.

    Parameters
    ----------
    space_group : str
        Hermann-Mauguin symbol of the common setting, as in ``P 1 21/n 1``.

    Returns
    -------
    str
        As in ``mP-1``: the Bravais lattice and a number.

    Raises
    ------
    InputError
        If the common setting has no such symbol.
    """
    try:
        return _groups()[space_group]
    except KeyError:
        raise InputError(
            f"Space group {space_group!r} is no symbol of the common setting; take it from to_common_setting."
        ) from None
