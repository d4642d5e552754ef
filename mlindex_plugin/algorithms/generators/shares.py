"""Shares of the members of the ensemble, lattice by lattice: chosen by ``benchmarks/generator_worth.py --write``."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path

SHARES_FILE = Path(str(files(__package__))) / "shares.json"


@cache
def member_shares(symbol: str) -> dict[str, float]:
    """Relative shares of the candidates of a lattice, by name of the member."""
    return json.loads(SHARES_FILE.read_text(encoding="utf-8"))[symbol]
