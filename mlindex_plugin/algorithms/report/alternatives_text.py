"""What the log and the page say of the cells that explain the same peaks as a solution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlindex_plugin.algorithms.ranking import Alternative, DecidingLine, Solution

_ALTERNATIVES_SHOWN = 2
_LINES_SHOWN = 3


def alternatives_lines(solutions: Sequence[Solution]) -> list[str]:
    """One line for each solution that is not alone, in the order of the solutions.

    Parameters
    ----------
    solutions : sequence of Solution

    Returns
    -------
    list of str
        Such as ``1 hP: as well explained by oP 2.4571 4.2555 5.4048 90 90 90 (rank 2; cell 1/2 as large; ...)``.
    """
    lines = []
    for solution in solutions:
        named = [_named(alternative) for alternative in solution.alternatives[:_ALTERNATIVES_SHOWN]]
        left = len(solution.alternatives) - len(named)
        if named:
            more = f"; and {left} more" if left else ""
            lines.append(f"{solution.rank} {solution.bravais_lattice}: as well explained by {'; '.join(named)}{more}")
    return lines


def _named(alternative: Alternative) -> str:
    cell = " ".join(f"{value:.5g}" for value in alternative.unit_cell)
    place = "not ranked" if alternative.rank is None else f"rank {alternative.rank}"
    return f"{alternative.bravais_lattice} {cell} ({place}; {_relation(alternative)}; {_difference(alternative)})"


def _relation(alternative: Alternative) -> str:
    if alternative.indices is None:
        return "another lattice"
    own, its = alternative.indices
    if own == its == 1:
        missed = "" if alternative.deviation is None else f" within {alternative.deviation:.2g}°"
        return f"the same lattice{missed}"
    if its == 1:
        return f"its cell {own} times larger"
    if own == 1:
        return f"its cell {its} times smaller"
    return f"a common sublattice of index {own} in this one and {its} in that"


def _difference(alternative: Alternative) -> str:
    if alternative.geometric:
        return "the same lines at every d"
    if not alternative.deciding_lines:
        return f"the same lines down to d = {alternative.q2_limit**-0.5:.3g} Å"
    besides = [line for line in alternative.deciding_lines if line.of_alternative]
    lacking = [line for line in alternative.deciding_lines if not line.of_alternative]
    parts = [f"{word} {_positions(lines)}" for word, lines in (("also predicts", besides), ("lacks", lacking)) if lines]
    return ", ".join(parts)


def _positions(lines: Sequence[DecidingLine]) -> str:
    """Where the first lines are: 2θ where there is a wavelength, else d."""
    angles = lines[0].two_theta is not None
    words = [f"{line.two_theta:.2f}" if angles else f"{line.d:.4g}" for line in lines[:_LINES_SHOWN]]
    left = len(lines) - len(words)
    return f"{'2θ' if angles else 'd'} {' '.join(words)}{'°' if angles else ' Å'}" + (f" +{left}" if left else "")
