"""Chemical formulae, and the composition that tells duplicates."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

_IGNORED = ("H", "D")
_SMALLEST_SHARE = 0.05  # of the atoms of the cell
_TERM = re.compile(r"([A-Z][a-z]?)([0-9.]*)")


def hill_formula(structure) -> str:
    """Contents of the asymmetric unit in Hill order, atoms on special positions by their share.

    Parameters
    ----------
    structure : cctbx.xray.structure
    """
    order = structure.space_group().order_z()
    numbers = Counter()
    for scatterer in structure.scatterers():
        numbers[re.match(r"[A-Za-z]{1,2}", scatterer.scattering_type).group()] += scatterer.multiplicity() / order
    return hill_order(numbers)


def hill_order(numbers) -> str:
    """A formula in Hill order, from a mapping of elements to numbers."""
    carbon_first = sorted(numbers, key=lambda e: (0, "CH".index(e)) if "C" in numbers and e in "CH" else (1, e))
    return " ".join(f"{element}{numbers[element]:g}" for element in carbon_first)


def composition(formula, order) -> str:
    """What two duplicates have in common: the atoms of the cell, without H, D and elements below 5 % of the atoms.

    Parameters
    ----------
    formula : str
        Of the asymmetric unit.
    order : int
        Of the space group, centring included.

    Returns
    -------
    str
        Elements in alphabetical order with their numbers in the cell. Where nothing is left all atoms are counted.
    """
    numbers = {element: round(float(n or 1) * order) for element, n in _TERM.findall(formula)}
    smallest = _SMALLEST_SHARE * sum(numbers.values())
    kept = {element: n for element, n in numbers.items() if element not in _IGNORED and n >= smallest}
    return " ".join(f"{element}{n}" for element, n in sorted((kept or numbers).items()))


@cache
def group_order(space_group: str) -> int:
    """Order of a space group by its symbol, centring included, as `composition` takes it."""
    from cctbx import sgtbx

    return sgtbx.space_group_info(space_group).group().order_z()
