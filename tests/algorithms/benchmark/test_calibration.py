from __future__ import annotations

import pytest
from benchmark_records import record

from mlindex_plugin.algorithms.benchmark.calibration import calibration
from mlindex_plugin.algorithms.benchmark.text import calibration_line


def stating(probability, rank):
    return record(rank, best={"probability": probability})


def test_without_probabilities_there_is_nothing_to_say():
    assert calibration([record(1), stating(None, 1)]) is None


def test_counts_errors_and_scores():
    found = calibration([stating(1.0, 1), stating(0.95, 1), stating(0.93, None), stating(0.25, 1), stating(0.21, 3)])
    assert [one["n"] for one in found["bins"]] == [2, 3]
    assert found["bins"][0]["stated"] == pytest.approx(0.23) and found["bins"][0]["right"] == 0.5
    assert found["bins"][1]["stated"] == pytest.approx(0.96) and found["bins"][1]["right"] == pytest.approx(2 / 3)
    assert found["error"] == pytest.approx((2 * 0.27 + 3 * (0.96 - 2 / 3)) / 5)
    assert found["brier"] == pytest.approx((0.05**2 + 0.93**2 + 0.75**2 + 0.21**2) / 5)
    assert found["brier_of_base_rate"] == pytest.approx(0.6 * 0.4)
    assert found["confident"] == {"n": 3, "right": 2, "part_of_right": pytest.approx(2 / 3)}
    assert calibration_line(found).endswith("of 3 with at least 0.9 2 are right, 67 % of all right ones")
