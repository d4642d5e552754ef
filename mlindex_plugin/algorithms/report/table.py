"""The table of solutions, for the screen and the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlindex_plugin.algorithms.ranking.extinction import probable
from mlindex_plugin.algorithms.ranking.verdict import probability_text

if TYPE_CHECKING:
    from mlindex_plugin.algorithms.ranking import Solution

WIDTH = 120
_HEADER = (
    "#",
    "prob.",
    "lattice",
    "a",
    "b",
    "c",
    "α",
    "β",
    "γ",
    "volume",
    "M",
    "F",
    "lines",
    "zero/°",
    "left d/Å",
)


def solutions_table(solutions: Sequence[Solution]) -> str:
    """Text table of solutions, at most 120 columns wide.

    Parameters
    ----------
    solutions : sequence of Solution

    Returns
    -------
    str
        One line a solution below a header: rank, probability, Bravais lattice, cell (Å, degrees), volume (Å³), de
        Wolff's M, Smith and Snyder's F ('-' without a wavelength), lines indexed / used, zero shift (degrees
        two-theta, with its standard error, '-' where it was not refined), and the d (Å) of the lines not indexed, as
        many as fit.
    """
    rows = [_HEADER[:-1], *(_row(solution) for solution in solutions)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    room = WIDTH - len(lines[0]) - 2
    last = [
        _HEADER[-1] if room >= len(_HEADER[-1]) else "left",
        *(unindexed_text(solution, room) for solution in solutions),
    ]
    lines = [f"{line}  {text}".rstrip() for line, text in zip(lines, last, strict=True)]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def extinction_text(solution: Solution, most: int = 3) -> str:
    """Symbols that hold 90 % of the probability, at most `most` of them: P 1 21/c 1 (0.83), P 1 21 1 (0.09)."""
    named = probable(solution.extinction)
    shown = [f"{one.symbol} ({one.probability:.2f})" for one in named[:most]]
    return ", ".join([*shown, *([f"{len(named) - most} more"] if len(named) > most else [])])


def extinction_lines(solutions: Sequence[Solution]) -> str:
    """Extinction symbols of solutions that have them, a line each; empty where none has."""
    rows = [(f"{one.rank} {one.bravais_lattice}", extinction_text(one)) for one in solutions if one.extinction]
    return "\n".join(["Extinction symbols (probability)", *(f"{name}  {text}" for name, text in rows)] if rows else [])


def unindexed_text(solution: Solution, room: int) -> str:
    """The d (Å) of the lines that `solution` leaves, at most `room` characters: all, or the first and the count."""
    d = 1 / np.sqrt(solution.q2_obs[~solution.indexed])
    words = [f"{value:.4g}" for value in d]
    for shown in range(len(words), 0, -1):
        left = len(words) - shown
        text = " ".join(words[:shown]) + (f" +{left}" if left else "")
        if len(text) <= room:
            return text
    return f"{len(words)}" if words else ""


def cell_with_errors(solution: Solution) -> list[str]:
    """The six parameters as text with their standard errors, as far as they have some."""
    texts = cell_texts(solution.unit_cell)
    return [_with_error(*one) for one in zip(texts, solution.unit_cell, solution.unit_cell_sigma, strict=True)]


def zero_shift_text(solution: Solution) -> str:
    """The zero shift in degrees with its standard error; '-' where it was not refined."""
    return _with_error(number(solution.zero_shift, 4), solution.zero_shift, solution.zero_shift_sigma)


def _with_error(text: str, value: float | None, error: float | None) -> str:
    """A value with its standard error in units of the last digit, 5.9312(4); `text` where it has none."""
    if error is None or not np.isfinite(error) or error <= 0:
        return text
    decimals = min(max(0, int(np.ceil(-np.log10(error / 2)))), 5)
    shown = round(value, decimals) + 0.0  # no minus before a zero
    return f"{shown:.{decimals}f}({max(1, round(error * 10**decimals))})"


def cell_texts(unit_cell: Sequence[float]) -> list[str]:
    """The six parameters as text; angles that symmetry fixes (90, 120) without decimals."""
    lengths = [f"{length:.4f}" for length in unit_cell[:3]]
    return lengths + [f"{angle:.0f}" if angle in (90.0, 120.0) else f"{angle:.3f}" for angle in unit_cell[3:]]


def number(value: float | None, decimals: int) -> str:
    """A figure of merit or shift as text, '-' where there is none."""
    return "-" if value is None or not np.isfinite(value) else f"{value:.{decimals}f}"


def _row(solution: Solution) -> list[str]:
    merit = solution.figures_of_merit
    return [
        str(solution.rank),
        "-" if solution.probability is None else probability_text(solution.probability),
        solution.bravais_lattice,
        *cell_texts(solution.unit_cell),
        f"{solution.volume:.1f}",
        number(merit.get("M"), 1),
        number(merit.get("F"), 1),
        f"{solution.n_indexed}/{solution.n_peaks}",
        zero_shift_text(solution),
    ]
