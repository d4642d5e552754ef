"""Reflection conditions against the tables of International Tables A."""

from __future__ import annotations

import pytest

from mlindex_plugin.algorithms.simulate.grouping import reflection_conditions


@pytest.mark.parametrize(
    ("symbol", "lattice", "expected"),
    [
        ("P 2 2 2", "oP", {}),
        ("P 21 21 2", "oP", {"h00": "h=2n", "0k0": "k=2n"}),
        ("P 2 21 21", "oP", {"0k0": "k=2n", "00l": "l=2n"}),
        ("P 21 21 21", "oP", {"h00": "h=2n", "0k0": "k=2n", "00l": "l=2n"}),
        ("P b c a", "oP", {"h00": "h=2n", "0k0": "k=2n", "00l": "l=2n", "0kl": "k=2n", "h0l": "l=2n", "hk0": "h=2n"}),
        ("P 1 21/n 1", "mP", {"h00": "h=2n", "0k0": "k=2n", "00l": "l=2n", "h0l": "h+l=2n"}),
        ("I 1 2/a 1", "mC", {"h0l": "h=2n"}),
        ("C m c m", "oC", {"00l": "l=2n", "h0l": "l=2n"}),
        ("P 41 21 2", "tP", {"h00": "h=2n", "00l": "l=4n"}),
        ("I 41/a m d", "tI", {"00l": "l=4n", "hk0": "h=2n", "hhl": "2h+l=4n"}),
        ("P 61", "hP", {"00l": "l=6n"}),
        ("P 63/m m c", "hP", {"00l": "l=2n", "hhl": "l=2n"}),
        ("R -3 c", "hR", {"00l": "l=2n", "h0l": "l=2n"}),
        ("F d -3 m", "cF", {"h00": "h=4n", "0kl": "k+l=4n, k,l=2n"}),
        ("P a -3", "cP", {"h00": "h=2n", "0kl": "k=2n"}),
        ("I -4 3 d", "cI", {"h00": "h=4n", "hhl": "2h+l=4n"}),
        ("P -1", "aP", {}),
    ],
)
def test_conditions_beyond_the_centring(symbol, lattice, expected):
    assert reflection_conditions(symbol, lattice) == expected
