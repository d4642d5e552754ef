"""What networks see of a peak list."""

from __future__ import annotations

import numpy as np

from mlindex_plugin.models.network_inputs import N_INPUTS, N_PEAKS, network_inputs

Q2 = np.array([[0.010, 0.013, 0.021, 0.030, 0.034, 0.040, 0.047, 0.052, 0.055, 0.061, 0.070, 0.081]])


def test_only_the_scale_tells_a_larger_crystal():
    inputs, scale = network_inputs(Q2)
    larger, larger_scale = network_inputs(Q2 / 4)
    assert inputs.shape == (1, N_INPUTS) and inputs.dtype == np.float32
    np.testing.assert_allclose(scale, Q2[0, :10].mean())
    np.testing.assert_allclose(larger_scale, scale / 4)
    np.testing.assert_allclose(inputs[0, 1:], larger[0, 1:], atol=1e-5)
    np.testing.assert_allclose(inputs[0, 0] - larger[0, 0], np.log(4), rtol=1e-5)


def test_absent_peaks_are_zero_whatever_the_width_of_the_array():
    padded = np.concatenate([Q2, np.full((1, 20), np.nan)], axis=1)
    np.testing.assert_array_equal(network_inputs(Q2)[0], network_inputs(padded)[0])
    inputs = network_inputs(Q2)[0][0]
    present = inputs[1 + 2 * N_PEAKS : 1 + 3 * N_PEAKS]
    np.testing.assert_array_equal(present, np.arange(N_PEAKS) < Q2.shape[1])
    assert not inputs[1 + Q2.shape[1] : 1 + N_PEAKS].any()


def test_the_drawing_holds_each_peak_once_at_its_place():
    inputs, scale = network_inputs(Q2)
    drawing = inputs[0, 1 + 3 * N_PEAKS :].astype(float)
    np.testing.assert_allclose(drawing.sum(), Q2.shape[1], rtol=1e-5)
    centre = (drawing * np.arange(len(drawing))).sum() / len(drawing) * 3
    np.testing.assert_allclose(centre, np.sqrt(Q2[0] / scale).sum(), rtol=1e-5)


def test_peaks_behind_the_sixtieth_or_the_axis_are_left_out():
    q2 = np.linspace(0.01, 1, 80)[None]
    assert np.isfinite(network_inputs(q2)[0]).all()
    beyond = np.concatenate([Q2, [[50.0]]], axis=1)
    difference = network_inputs(beyond)[0] - network_inputs(Q2)[0]
    assert not difference[0, 1 + 3 * N_PEAKS :].any()
