"""The rule that makes groups of space-group symbols by pattern of reflection conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.simulate.grouping.conditions import axis_presence, is_axis

ENOUGH = 300
ENOUGH_FOR_ZONES = 1000

RULE = f"""\
Groups of space-group symbols in the common setting, by pattern of reflection conditions beyond the centring's.
Crystals: cells of the table, and 100000 molecular crystals in their known proportions. For each Bravais lattice:
1. Symbols with the same conditions on the axes (h00, 0k0, 00l) are one group, since lines of low angle decide.
2. Orthorhombic groups that differ by a permutation of the axes become one, if one has fewer than {ENOUGH} crystals.
3. In the other groups a pattern of conditions parts from the rest, the largest first, while it and the rest have
   {ENOUGH_FOR_ZONES} crystals or more each.
4. The smallest group with fewer than {ENOUGH} crystals joins the nearest one, until none is left. Distance: how many of
   the first 12 reflections on each axis are present in one and not in the other; at equal distance the larger group.
Groups are numbered by size."""


@dataclass(frozen=True)
class Pattern:
    """Symbols of one Bravais lattice that have the same reflection conditions.

    Attributes
    ----------
    conditions : mapping of str to str
        From `reflection_conditions`.
    symbols : tuple of str
    n : float
        Crystals.
    """

    conditions: Mapping[str, str]
    symbols: tuple[str, ...]
    n: float

    @property
    def axial(self) -> tuple[tuple[str, str], ...]:
        """Conditions on the axes."""
        return tuple(item for item in self.conditions.items() if is_axis(item[0]))


def make_groups(patterns, axes_permute) -> list[list[Pattern]]:
    """Group the patterns of one Bravais lattice by `RULE`.

    Parameters
    ----------
    patterns : list of Pattern
    axes_permute : bool
        Whether the setting goes by the lengths of the axes, as in orthorhombic lattices.

    Returns
    -------
    list of list of Pattern
        The largest group first, patterns too.
    """
    groups = _gathered([[pattern] for pattern in patterns], lambda group: group[0].axial)
    if axes_permute:
        groups = _permutations_joined(groups)
    groups = [part for group in groups for part in _zones_split(group)]
    groups = _small_joined(groups)
    return sorted((_by_size(group) for group in groups), key=lambda group: (-_size(group), group[0].symbols))


def _gathered(groups, key):
    by_key: dict = {}
    for group in groups:
        by_key.setdefault(key(group), []).extend(group)
    return list(by_key.values())


def _permutations_joined(groups):
    families: dict = {}
    for group in groups:
        # what is left when the names of the axes are forgotten
        periods = tuple(sorted(condition.split("=")[1] for _, condition in group[0].axial))
        families.setdefault(periods, []).append(group)
    joined = []
    for family in families.values():
        small = any(_size(group) < ENOUGH for group in family)
        joined += [[pattern for group in family for pattern in group]] if small else family
    return joined


def _zones_split(group):
    if len({pattern.axial for pattern in group}) > 1:
        return [group]
    parts = []
    for pattern in _by_size(group)[:-1]:
        rest = [other for other in group if other is not pattern]
        if pattern.n < ENOUGH_FOR_ZONES or _size(rest) < ENOUGH_FOR_ZONES:
            continue
        parts.append([pattern])
        group = rest
    return [*parts, group]


def _small_joined(groups):
    groups = list(groups)
    while len(groups) > 1:
        smallest = min(groups, key=lambda group: (_size(group), group[0].symbols))
        if _size(smallest) >= ENOUGH:
            break
        others = [group for group in groups if group is not smallest]
        nearest = min(others, key=lambda group: (_distance(smallest, group), -_size(group), group[0].symbols))
        groups = [group + smallest if group is nearest else group for group in others]
    return groups


def _distance(one, other):
    """Between the largest patterns of two groups."""
    first, second = (axis_presence(_by_size(group)[0].conditions) for group in (one, other))
    return int(np.sum(first != second))


def _by_size(group):
    return sorted(group, key=lambda pattern: (-pattern.n, pattern.symbols))


def _size(group):
    return sum(pattern.n for pattern in group)
