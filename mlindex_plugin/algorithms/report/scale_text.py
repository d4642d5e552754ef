"""What the log and the page say of the calibration on which a cell rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlindex_plugin.algorithms.ranking import Solution

_EXAMPLE = 1e-3


def scale_text(solution: Solution, scale_error: float | None) -> str:
    """What an error of the wavelength or the detector distance does to the cell, in a sentence.

    Parameters
    ----------
    solution : Solution
    scale_error : float or None
        ``input.scale_error``; without it the effect of 0.1 % is told.
    """
    error = _EXAMPLE if scale_error is None else scale_error
    a, b, c = (f"{length * error:.2g}" for length in solution.unit_cell[:3])
    effect = f"{error:.3g} in wavelength or detector distance scales the whole cell ({a}, {b} and {c} Å of a, b and c)"
    if scale_error is None:
        return (
            f"The cell is as good as its calibration: a relative error of {effect}, which no line can show; the "
            "standard errors leave it out unless input.scale_error gives it."
        )
    return f"The standard errors include the calibration: a relative error of {effect}, which no line can show."
