"""Lists and raw patterns of the shared data."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mlindex_plugin.algorithms.peaks import read_peaks


def test_every_list_is_read(shared_data, phil):
    paths = sorted(shared_data.glob("experimental/*.json")) + sorted(shared_data.glob("smsfx/*.json"))
    assert len(paths) >= 200
    for path in paths:
        content = json.loads(path.read_text())
        unflagged = [peak for peak in content["peaks"] if "flag" not in peak]
        peaks = read_peaks(path, phil())
        assert 0 <= len(unflagged) - len(peaks) <= 1, path
        np.testing.assert_allclose(1 / np.sqrt(peaks.q2[0]), max(peak["d"] for peak in unflagged), rtol=2e-4)


@pytest.mark.slow
def test_lines_of_raw_copper_patterns(shared_data, phil):
    found = listed = 0
    for path in sorted(shared_data.glob("experimental/raw/*.xy.gz")):
        case = json.loads((shared_data / "experimental" / path.name.replace(".xy.gz", ".json")).read_text())
        if not 1.54 <= case["wavelength"] <= 1.542:
            continue
        expected = np.array([peak["two_theta"] for peak in case["peaks"] if "flag" not in peak])[:20]
        peaks = read_peaks(path, phil("two_theta", case["wavelength"]))
        two_theta = 2 * np.degrees(np.arcsin(np.minimum(np.sqrt(peaks.q2) * peaks.wavelength / 2, 1)))
        found += np.sum(np.abs(expected[:, np.newaxis] - two_theta).min(axis=1) < 0.06)
        listed += len(expected)
    assert found > 0.9 * listed
