"""Lists of words as users write them."""

from __future__ import annotations

from collections.abc import Sequence


def split_words(values: Sequence[str] | None) -> list[str]:
    """The words of a parameter of type ``strings``, which may also be joined by commas or plus signs.

    Parameters
    ----------
    values : sequence of str or None
        As PHIL extracts them.
    """
    return [word for value in values or () for word in value.replace("+", " ").replace(",", " ").split()]
