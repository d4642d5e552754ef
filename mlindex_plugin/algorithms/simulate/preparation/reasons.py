"""Why a file gives no entry."""

from __future__ import annotations

UNREADABLE = "not a readable CIF"
EMPTY = "empty file"
NO_COORDINATES = "no readable atomic coordinates"
NO_FORMULA = "check 1: no chemical formula listed"
BAD_NUMBER = "check 2: no space-group number between 1 and 230"
BAD_SYMBOL = "check 3: no known Hermann-Mauguin symbol"
BAD_OPERATORS = "symmetry operators that make no space group"
IMPOSSIBLE_CELL = "impossible unit cell"
BAD_LATTICE_SYSTEM = "check 4: unit cell against the lattice system"
BAD_REDUCTION = "check 5: no Niggli reduction"
BAD_VOLUME = "check 6: volume listed against the unit cell"
BAD_DENSITY = "check 7: volume against the number of atoms"
UNKNOWN_ELEMENT = "atoms of no known element"
DISORDER = "disordered or partial occupancy"
OVERLAP = "atoms in one place (disorder, or listed twice)"
HIDDEN_TRANSLATION = "hidden symmetry: a smaller cell gives the same lines"
HIDDEN_ROTATION = "hidden symmetry: the diffraction is more symmetric than the space group (often written in P1)"
TOO_LARGE = "primitive cell above 250,000 Å³"
NOT_CALCULATED = "powder lines could not be calculated"

REASONS = (
    UNREADABLE,
    EMPTY,
    NO_COORDINATES,
    NO_FORMULA,
    BAD_NUMBER,
    BAD_SYMBOL,
    BAD_OPERATORS,
    IMPOSSIBLE_CELL,
    BAD_LATTICE_SYSTEM,
    BAD_REDUCTION,
    BAD_VOLUME,
    BAD_DENSITY,
    UNKNOWN_ELEMENT,
    DISORDER,
    OVERLAP,
    HIDDEN_TRANSLATION,
    HIDDEN_ROTATION,
    TOO_LARGE,
    NOT_CALCULATED,
)


class Rejected(Exception):
    """A structure that gives no entry.

    Attributes
    ----------
    reason : str
        One of `REASONS`.
    detail : str
        What was found in this file.
    """

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(f"{reason} ({detail})" if detail else reason)
        self.reason = reason
        self.detail = detail
