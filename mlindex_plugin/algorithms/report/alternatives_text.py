"""What the log and the page say of the cells that explain the same peaks as a solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlindex_plugin.algorithms.ranking import Alternative, DecidingLine, Solution

_LINES_SHOWN = 3


def alternatives_lines(solution: Solution) -> list[str]:
    """One line for each cell that explains the same peaks as well, best first.

    Returns
    -------
    list of str
        Such as ``oP 2.457 4.256 5.405 90 90 90 (rank 2, 1/2 of the cell): the same lines at every d``.
    """
    return [_named(alternative) for alternative in solution.alternatives]


def _named(alternative: Alternative) -> str:
    cell = " ".join(f"{value:.4g}" for value in alternative.unit_cell)
    place = "" if alternative.rank is None else f"rank {alternative.rank}, "
    return f"{alternative.bravais_lattice} {cell} ({place}{_relation(alternative)}): {_difference(alternative)}"


def _relation(alternative: Alternative) -> str:
    if alternative.indices is None:
        return "unrelated"
    own, its = alternative.indices
    if own == its == 1:
        return "the same lattice" + ("" if alternative.deviation is None else f" within {alternative.deviation:.2g}°")
    if its == 1:
        return f"{own} times the cell"
    if own == 1:
        return f"1/{its} of the cell"
    return f"common sublattice of indices {own} and {its}"


def _difference(alternative: Alternative) -> str:
    if alternative.geometric:
        return "the same lines at every d"
    if not alternative.deciding_lines:
        return f"the same lines down to d = {alternative.q2_limit**-0.5:.3g} Å"
    besides = [line for line in alternative.deciding_lines if line.of_alternative]
    lacking = [line for line in alternative.deciding_lines if not line.of_alternative]
    parts = [f"{word} {_positions(lines)}" for word, lines in (("also predicts", besides), ("lacks", lacking)) if lines]
    return ", ".join(parts)


def _positions(lines: list[DecidingLine]) -> str:
    """Where the first lines are: 2θ where there is a wavelength, else d."""
    if lines[0].two_theta is None:
        return f"d {' '.join(f'{line.d:.4g}' for line in lines[:_LINES_SHOWN])} Å"
    return f"2θ {' '.join(f'{line.two_theta:.2f}' for line in lines[:_LINES_SHOWN])}°"
