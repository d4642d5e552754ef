"""PHIL scopes of the commands."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def powder_scope():
    """PHIL scope of ``dials.mlindex_powder``, as a ``libtbx.phil.scope``."""
    import iotbx.phil

    text = files(__name__).joinpath("mlindex_powder.phil").read_text()
    return iotbx.phil.parse(text)
