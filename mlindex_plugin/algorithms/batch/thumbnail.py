"""A small picture of a pattern with its lines."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.algorithms.peaks import PeakList
from mlindex_plugin.algorithms.ranking import Solution

_WIDTH, _HEIGHT, _CURVE = 180, 34, 24  # the lines are marked below the curve
_COLUMNS = 90


def thumbnail(peaks: PeakList, best: Solution | None) -> str:
    """SVG text: the pattern (or its lines as sticks) over q up to the last line used; lines indexed and not.

    Parameters
    ----------
    peaks : PeakList
    best : Solution or None
    """
    last = best.q2_obs[-1] if best is not None else peaks.q2[-1]
    largest = 1.02 * np.sqrt(last)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" xmlns="http://www.w3.org/2000/svg">'
        f'<path fill="none" stroke="#37465a" d="{_outline(peaks, largest)}"/>{_marks(peaks, best, largest)}</svg>'
    )


def _outline(peaks: PeakList, largest: float) -> str:
    if peaks.pattern is None:
        heights = np.ones(len(peaks)) if peaks.intensity is None else np.nan_to_num(peaks.intensity)
        kept = np.sqrt(peaks.q2) <= largest
        y = _CURVE * (1 - np.sqrt(_unit(heights[kept])))
        x = _WIDTH * np.sqrt(peaks.q2[kept]) / largest
        return "".join(f"M{a:.1f} {_CURVE}V{b:.1f}" for a, b in zip(x, np.minimum(y, _CURVE - 3), strict=True))
    q2, intensity = peaks.pattern.q2, peaks.pattern.intensity
    kept = np.isfinite(q2) & np.isfinite(intensity) & (q2 > 0) & (q2 <= largest**2)
    column = (_COLUMNS * np.sqrt(q2[kept]) / largest).astype(int)
    highest = np.full(_COLUMNS + 1, -np.inf)
    np.maximum.at(highest, column, intensity[kept])
    seen = np.flatnonzero(np.isfinite(highest))
    y = _CURVE * (1 - np.sqrt(_unit(highest[seen])))
    points = [f"{_WIDTH * a / _COLUMNS:.0f} {b:.1f}" for a, b in zip(seen, y, strict=True)]
    return "M" + "L".join(points) if points else ""


def _marks(peaks: PeakList, best: Solution | None, largest: float) -> str:
    """Ticks below the curve: blue where the best cell has the line, red where not, grey without a cell."""
    if best is None:
        return _ticks(peaks.q2, largest, "#8795a5")
    return _ticks(best.q2_obs[best.indexed], largest, "#1d4ed8") + _ticks(
        best.q2_obs[~best.indexed], largest, "#c81e1e"
    )


def _ticks(q2: np.ndarray, largest: float, colour: str) -> str:
    if not len(q2):
        return ""
    x = _WIDTH * np.sqrt(q2) / largest
    return f'<path stroke="{colour}" d="{"".join(f"M{a:.1f} {_CURVE + 2}v8" for a in x)}"/>'


def _unit(values: np.ndarray) -> np.ndarray:
    """Values between 0 and 1."""
    if not len(values):
        return values
    span = values.max() - min(values.min(), 0.0)
    return np.clip((values - min(values.min(), 0.0)) / (span or 1.0), 0, 1)
