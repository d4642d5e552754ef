"""What to believe of the ranked solutions, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlindex_plugin.algorithms.ranking.solution import Solution

FOUND, AMBIGUOUS, SEVERAL, NOT_FOUND = "found", "ambiguous", "several", "not_found"
CONFIDENT = 0.9
_AS_LIKELY_AS_NOT = 0.5
_LEAST_NAMED = 0.05
_MOST_NAMED = 3
_FEW_LINES = 20
_MANY_LEFT = 0.1  # of the lines
_LARGE_SHIFT = 0.08  # degrees two-theta, twice its spread in laboratory data
_LARGE_MISFIT = 1.0  # standard errors, median; 0.67 where they are right


@dataclass(frozen=True)
class Verdict:
    """What to believe of a search's solutions.

    Attributes
    ----------
    outcome : str
        ``found``; ``ambiguous``: found, but for cells with the same lines; ``several`` candidates; ``not_found``.
    text : str
        The same in sentences, with what may help where the cell is not found.
    """

    outcome: str
    text: str


def probability_text(probability: float) -> str:
    """Two decimals, never 0 or 1."""
    if probability < 0.005:
        return "<0.01"
    return ">0.99" if probability > 0.995 else f"{probability:.2f}"


def verdict_of(solutions: list[Solution], p_none: float) -> Verdict:
    """The verdict on ranked solutions.

    Parameters
    ----------
    solutions : list of Solution
        With probabilities; the first with its alternatives.
    p_none : float
        Probability that none is right.
    """
    if not solutions:
        return Verdict(NOT_FOUND, "Not found: no cell explains these lines. More lines may help.")
    best = solutions[0]
    if p_none > _AS_LIKELY_AS_NOT:
        text = f"Not found: that none of these cells is right has probability {probability_text(p_none)}."
        return Verdict(NOT_FOUND, f"{text} {_help(best)}")
    if best.probability >= CONFIDENT:
        return Verdict(FOUND, f"Found: solution 1 has probability {probability_text(best.probability)}.")
    same = _companions(solutions)
    together = best.probability + sum(one.probability for one in same)
    if same and together >= CONFIDENT:
        ranks = ", ".join(str(one.rank) for one in (best, *same))
        text = f"Found up to an ambiguity: solutions {ranks} have the same lines"
        return Verdict(AMBIGUOUS, f"{text} and together probability {probability_text(together)}.")
    named = [one for one in solutions[:_MOST_NAMED] if one is best or one.probability >= _LEAST_NAMED]
    shares = ", ".join(f"solution {one.rank} has probability {probability_text(one.probability)}" for one in named)
    text = f"Several candidates: {shares}, none of these {probability_text(p_none)}."
    return Verdict(SEVERAL, f"{text} {_help(best)}")


def _companions(solutions: list[Solution]) -> list[Solution]:
    """Solutions that share enough of the probability and have the lines of the first."""
    ranks = {one.rank for one in solutions[0].alternatives if one.same_lines or one.geometric}
    return [one for one in solutions[1:] if one.rank in ranks and one.probability >= _LEAST_NAMED]


def _help(best: Solution) -> str:
    """What may help, from the lines that the best cell leaves and how well it explains the others."""
    hints = []
    if best.n_peaks < _FEW_LINES:
        hints.append(f"more lines ({best.n_peaks} were used)")
    n_left = best.n_peaks - best.n_indexed
    if n_left > _MANY_LEFT * best.n_peaks:
        hints.append(f"leaving out lines of an impurity (the best cell leaves {n_left} of {best.n_peaks} lines)")
    misfit = float(np.median(np.abs(best.q2_obs - best.q2_calc) / best.sigma))
    if best.zero_shift is not None and abs(best.zero_shift) > _LARGE_SHIFT:
        hints.append(f"a better calibration (the best cell wants a zero shift of {best.zero_shift:.2f}°)")
    elif misfit > _LARGE_MISFIT:
        hints.append(f"more accurate positions (half of them are off by more than {misfit:.1f} standard errors)")
    return f"What may help: {'; '.join(hints or ['more lines'])}."
