"""Every space-group symbol of the common setting, and how many crystals have it."""

from __future__ import annotations

import itertools
from collections import Counter
from functools import cache

from mlindex_plugin.algorithms.simulate.preparation import to_common_setting

# A cell of each crystal family; of the orthorhombic one every permutation is taken.
_CELLS = {
    "a": (7.0, 8.0, 9.0, 95.0, 100.0, 105.0),
    "m": (7.0, 8.0, 9.0, 90.0, 100.0, 90.0),
    "o": (7.0, 8.0, 9.0, 90.0, 90.0, 90.0),
    "t": (7.0, 7.0, 9.0, 90.0, 90.0, 90.0),
    "h": (7.0, 7.0, 9.0, 90.0, 90.0, 120.0),
    "c": (7.0, 7.0, 7.0, 90.0, 90.0, 90.0),
}
_CELL = ("a", "b", "c", "alpha", "beta", "gamma")
_FAMILY_BY_LAST_NUMBER = {2: "a", 15: "m", 74: "o", 142: "t", 194: "h", 230: "c"}


@cache
def common_symbols() -> dict[str, tuple[str, int]]:
    """Every symbol that the common setting can give.

    Returns
    -------
    dict of str to (str, int)
        From the Hermann-Mauguin symbol to the Bravais lattice and the number of the space group.
    """
    from cctbx import crystal

    symbols = {}
    for number in range(1, 231):
        family = next(family for last, family in _FAMILY_BY_LAST_NUMBER.items() if number <= last)
        a, b, c, *angles = _CELLS[family]
        lengths = itertools.permutations((a, b, c)) if family == "o" else [(a, b, c)]
        for permuted in lengths:
            setting = to_common_setting(crystal.symmetry((*permuted, *angles), space_group_symbol=str(number)))
            symbols[setting.space_group] = (setting.bravais_lattice, number)
    return symbols


def count_cells(path) -> Counter:
    """Count the cells of a table in each symbol of the common setting.

    Parameters
    ----------
    path : str or pathlib.Path
        CSV, gzipped, with the columns hm, a ... gamma and near_experimental_case; cells near an experimental case,
        and those that do not fit their symbol, are left out.

    Returns
    -------
    collections.Counter
        By symbol.

    Raises
    ------
    InputError
        If the file cannot be read or lacks a column.
    """
    from mlindex_plugin.algorithms.simulate.synthetic.tables import read_rows

    rows = read_rows(path, ("near_experimental_case", "hm", *_CELL))
    symbols = (_common_symbol(row) for row in rows if row and row["near_experimental_case"] != "1")
    return Counter(symbol for symbol in symbols if symbol)


def _common_symbol(row) -> str | None:
    from cctbx import crystal, uctbx

    try:
        cell = uctbx.unit_cell(tuple(float(row[name]) for name in _CELL))
    except (RuntimeError, ValueError):  # no numbers, or none that make a cell
        return None
    info = _space_group_info(row["hm"], abs(cell.parameters()[5] - 120) < 1)
    if info is None or not info.group().is_compatible_unit_cell(cell):
        return None
    return to_common_setting(crystal.symmetry(cell, space_group_info=info)).space_group


@cache
def _space_group_info(symbol, hexagonal):
    from cctbx import sgtbx

    suffix = (" :H" if hexagonal else " :R") if symbol.startswith("R") and ":" not in symbol else ""
    try:
        return sgtbx.space_group_info(symbol + suffix)
    except RuntimeError:
        return None


def molecular_counts(n) -> dict[str, float]:
    """Expected number of molecular crystals in each symbol, of `n`; the settings of a space group share evenly."""
    from mlindex_plugin.algorithms.simulate.synthetic import POPULATIONS

    probability = POPULATIONS["molecular"].space_groups()
    settings = Counter(number for _, number in common_symbols().values())
    return {
        symbol: n * float(probability[number - 1]) / settings[number]
        for symbol, (_, number) in common_symbols().items()
    }
