from __future__ import annotations

import pytest
from prepared_patterns import shared_data
from real_cases import cases
from scoring import niggli_cell

pytestmark = pytest.mark.skipif(not shared_data().is_dir(), reason="needs the data in ../shared/data")


def test_every_case_is_there():
    groups = [case["group"] for case in cases(("smSFX", "A", "B"))]
    assert (groups.count("smSFX"), groups.count("A"), groups.count("B")) == (3, 166, 44)
    assert {case["group"] for case in cases(("B",))} == {"B"}


def test_centring_comes_from_the_setting_of_the_cell():
    by_id = {case["id"]: case for case in cases(("A", "B"))}
    assert by_id["rockjock_gypsum"]["centring"] == "I"
    assert by_id["rruff_R050248-1_Na2Ca2CO33_38"]["centring"] == "A"
    gypsum = by_id["rockjock_gypsum"]
    # Gypsum in its other setting, Pedersen & Semmingsen (1982): A-centred cell 5.679, 15.202, 6.522 Å, 118.43 degrees.
    assert niggli_cell(gypsum["cell"], gypsum["centring"]).volume() == pytest.approx(495.15 / 2, rel=0.01)
