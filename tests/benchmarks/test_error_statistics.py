from __future__ import annotations

import numpy as np
import pytest
from error_statistics import KnownList, allowed_lines, statistics_of
from known_lists import half_of, instrument_of, known_lists
from surroundings import shared_data

CELL = (8.0, 9.0, 11.0, 90, 103, 90)
WAVELENGTH = 1.5406


def known_list(position, **values):
    return KnownList("made", np.sort(position), None, WAVELENGTH, CELL, "P 1 21/c 1", **values)


def lines_of_cell(two_theta_max=45.0):
    q2_max = (2 * np.sin(np.radians(two_theta_max / 2)) / WAVELENGTH) ** 2
    q2, *_ = allowed_lines(known_list(np.array([10.0])), q2_max)
    return 2 * np.degrees(np.arcsin(np.sqrt(q2) * WAVELENGTH / 2))


def test_allowed_lines_follow_cell_and_absences():
    q2, design, parameters, multiplicity = allowed_lines(known_list(np.array([10.0])), 0.2)
    np.testing.assert_allclose(design @ parameters, q2, rtol=1e-9)
    assert len(parameters) == 4
    a_star, b_star = 1 / (8.0 * np.sin(np.radians(103))), 1 / 9.0
    assert np.abs(q2 - a_star**2).min() < 1e-9
    assert np.abs(q2 - b_star**2).min() > 1e-5  # 010 is absent in P2₁/c
    assert set(multiplicity) <= {2, 4}


def test_statistics_recover_what_was_put_in():
    rng = np.random.default_rng(0)
    lines = lines_of_cell()
    gaps = np.minimum(np.diff(lines, prepend=-np.inf), np.diff(lines, append=np.inf))
    missed = np.flatnonzero(gaps[:15] > 0.3)[[1, 3]]
    seen = np.delete(lines, missed)
    found = statistics_of(known_list(seen + 0.05 + 0.004 * rng.standard_normal(len(seen)), zero_shift=0.04, fwhm=0.01))
    assert found["zero_shift"] == pytest.approx(0.05, abs=0.004)
    assert found["sigma"] == pytest.approx(0.004, rel=0.4)
    assert np.sum(found["resolved_lines"][:, 2] == 0) == 2
    assert found["observed"] == pytest.approx(1 - 2 / len(found["resolved_lines"]))
    assert found["n_unexplained"] == 0


def test_a_line_of_other_origin_is_counted():
    lines = lines_of_cell()
    gap = int(np.argmax(np.diff(lines[:15])))
    found = statistics_of(known_list(np.append(lines, (lines[gap] + lines[gap + 1]) / 2)))
    assert 1 <= found["n_unexplained"] < 1.5
    assert found["observed"] == 1


def test_lists_without_a_wavelength_have_a_scale_instead_of_a_zero_shift():
    q2, *_ = allowed_lines(known_list(np.array([10.0])), 0.1)
    known = KnownList("made", np.sqrt(q2) * 1.001, None, None, CELL, "P 1 21/c 1")
    found = statistics_of(known)
    assert found["scale"] == pytest.approx(0.001, rel=0.01)
    assert found["zero_shift"] == 0


def test_halves_and_instruments():
    names = [f"case_{i}" for i in range(200)]
    assert 70 < sum(half_of(name) == "measure" for name in names) < 130
    assert half_of("smsfx_3F") == half_of("smsfx_3F")
    case = {"id": "x", "notes": "", "wavelength": 1.5406}
    assert instrument_of(case) == "laboratory"
    assert instrument_of(case | {"wavelength": 0.8}) == "synchrotron"
    assert instrument_of(case | {"wavelength": None}) == "smsfx"
    assert instrument_of(case | {"id": "gsas_PbSO4_neutron"}) is None


@pytest.mark.skipif(not shared_data().is_dir(), reason="needs the data in ../shared/data")
def test_laboratory_preset_is_that_of_the_half_it_was_measured_on():
    from mlindex_plugin.algorithms.simulate.experiment import experiment_preset
    from mlindex_plugin.algorithms.simulate.experiment.presets import LEVELS

    lists = [known for known in known_lists()["laboratory"] if half_of(known.name) == "measure"]
    assert len(lists) == 98
    statistics = [statistics_of(known) for known in lists]
    quantiles = experiment_preset("laboratory").quantiles
    measured = np.percentile([each["zero_shift"] for each in statistics], LEVELS)
    np.testing.assert_allclose(quantiles["zero_shift"], measured, atol=1e-3)
    sigma = np.array([each["sigma"] for each in statistics])
    np.testing.assert_allclose(
        np.array(quantiles["sigma"]) * 1.15, np.percentile(sigma[np.isfinite(sigma)], LEVELS), rtol=0.06
    )
