from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from known_crystals import lines_of, peak_list, ranked, refined
from scipy.special import betaln

from mlindex_plugin.algorithms.ranking import log_evidence
from mlindex_plugin.algorithms.ranking.evidence import advantage_over_contaminants, likeliest_scale, occam
from mlindex_plugin.algorithms.search import observe

WHOLE = (6.2, 8.1, 13.3, 90, 90, 90)
HALF = (6.2, 8.1, 6.65, 90, 90, 90)


def peaks_with(n_weak):
    """Lines of the half cell, and some low ones that the whole cell has alone."""
    every, half = lines_of("oP", WHOLE, 40), lines_of("oP", HALF, 20)
    weak = [q2 for q2 in every if np.abs(half - q2).min() > 1e-6]
    return observe(peak_list(np.sort(np.concatenate([half, weak[2 : 2 + n_weak]]))))


def evidence_of(cell, peaks):
    return log_evidence(refined("oP", cell, peaks), peaks)[0]


def test_one_weak_line_of_a_superstructure_decides_for_it():
    peaks = peaks_with(1)
    assert evidence_of(WHOLE, peaks) < evidence_of(HALF, peaks) - 2
    first, second = ranked([("oP", HALF), ("oP", WHOLE)], peaks)
    assert first.cell == pytest.approx(WHOLE, abs=1e-4)
    assert second.evidence == pytest.approx(evidence_of(HALF, peaks))


def test_the_evidence_is_that_of_the_half_with_a_share_for_the_weak_lines():
    peaks = peaks_with(1)
    first, second = ranked([("oP", HALF), ("oP", WHOLE)], peaks)
    scale = likeliest_scale(second.refined, peaks)
    (advantage,) = advantage_over_contaminants(first.refined, peaks, scale)
    (left,) = np.flatnonzero(advantage_over_contaminants(second.refined, peaks, scale)[0] <= 0)
    n_weak = first.refined.n_distinct[0] - second.refined.n_distinct[0]
    parameters = 0.8 * (occam(first.refined, scale)[0] - occam(second.refined, scale)[0])
    gain = advantage[left] + betaln(2, n_weak) + np.log(0.05) - parameters
    expected = np.logaddexp(evidence_of(WHOLE, peaks), second.evidence + gain)
    assert first.evidence == pytest.approx(expected)


def test_a_doubled_cell_that_adds_no_line_stays_where_it_was():
    peaks = peaks_with(0)
    entries = ranked([("oP", HALF), ("oP", WHOLE)], peaks)
    assert entries[0].cell == pytest.approx(HALF, abs=1e-4)
    assert entries[1].evidence == pytest.approx(evidence_of(WHOLE, peaks))


def test_lines_of_another_lattice_of_the_same_volume_are_no_superstructure():
    peaks = peaks_with(1)
    other = (6.2 * 1.05, 8.1, 13.3 / 1.05, 90, 90, 90)
    entries = ranked([("oP", HALF), ("oP", other)], peaks)
    for entry in entries:
        assert entry.evidence == pytest.approx(log_evidence(entry.refined, peaks)[0])


def test_lines_that_another_phase_may_have_made_are_no_superstructure():
    peaks = replace(peaks_with(1), foreign=0.5)
    for entry in ranked([("oP", HALF), ("oP", WHOLE)], peaks):
        assert entry.evidence == pytest.approx(log_evidence(entry.refined, peaks)[0])


def test_a_centred_cell_is_twice_its_primitive_subcell():
    # weak lines h + k + l odd of a nearly body-centred cell
    every = lines_of("oP", WHOLE, 60)
    centred = lines_of("oI", WHOLE, 20)
    weak = [q2 for q2 in every if np.abs(centred - q2).min() > 1e-6][2]
    peaks = observe(peak_list(np.sort(np.append(centred, weak))))
    assert [entry.symbol for entry in ranked([("oI", WHOLE), ("oP", WHOLE)], peaks)] == ["oP", "oI"]
