from __future__ import annotations

from mlindex_plugin.algorithms.report import scale_text


def test_what_a_tenth_of_a_per_cent_would_do_is_told(solutions):
    assert scale_text(solutions[0], None) == (
        "The cell is as good as its calibration: a relative error of 0.001 in wavelength or detector distance scales "
        "the whole cell (0.0059, 0.0073 and 0.029 Å of a, b and c), which no line can show; the standard errors leave "
        "it out unless input.scale_error gives it."
    )


def test_what_a_given_error_does_is_told(solutions):
    assert scale_text(solutions[0], 0.02) == (
        "The standard errors include the calibration: a relative error of 0.02 in wavelength or detector distance "
        "scales the whole cell (0.12, 0.15 and 0.58 Å of a, b and c), which no line can show."
    )
