"""From exact lines to the peak list that an experiment would give, and what is true of each peak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlindex_plugin.algorithms.peaks import PeakList, peaks_from_positions
from mlindex_plugin.algorithms.simulate.experiment import contaminants as other
from mlindex_plugin.algorithms.simulate.experiment import geometry, missing, positions
from mlindex_plugin.algorithms.simulate.experiment.columns import Columns
from mlindex_plugin.algorithms.simulate.experiment.experiment import Experiment
from mlindex_plugin.algorithms.simulate.experiment.line_arrays import LineArrays, stack_lines
from mlindex_plugin.algorithms.simulate.experiment.peak_arrays import NOT_A_LINE, PeakArrays, arrange, join
from mlindex_plugin.algorithms.simulate.experiment.presets import Preset
from mlindex_plugin.errors import InputError


@dataclass(frozen=True)
class Truth:
    """What is true of a simulated peak list.

    Attributes
    ----------
    experiment : Experiment
        The errors that were made; zero shift and scale are read here.
    line : numpy.ndarray of int, shape (n,)
        Index of each peak's line in the lines given, the strongest one of those it unites; -1 for a contaminant.
    q2 : numpy.ndarray, shape (n,)
        Exact position of that line in 1/Å²; of a contaminant, its exact position before zero shift and scale.
    """

    experiment: Experiment
    line: np.ndarray
    q2: np.ndarray

    @property
    def is_contaminant(self) -> np.ndarray:
        """numpy.ndarray of bool, shape (n,)."""
        return self.line == NOT_A_LINE


def simulate_peak_list(lines, experiment, rng, contaminants=None) -> tuple[PeakList, Truth]:
    """Simulate the peak list of one pattern.

    Parameters
    ----------
    lines : Lines
        Exact lines, ascending; one of intensity 0 is extinct. Every line of the cell, not only the observable ones,
        where overlap is to matter.
    experiment : Experiment or Preset
        A preset draws the experiment.
    rng : numpy.random.Generator
    contaminants : Lines, optional
        Of a second phase, used where ``experiment.phase_ratio`` is positive; a random small cell by default.

    Returns
    -------
    peaks : PeakList
        As read from a file: in the experiment's unit, with the default standard errors where none are stated.
    truth : Truth

    Raises
    ------
    InputError
        If fewer than three peaks are left, or the lines cannot be used.
    """
    if isinstance(experiment, Preset):
        experiment = experiment.draw(1, rng)[0]
    phase = None if contaminants is None else stack_lines([contaminants])
    arrays = simulate_peaks(stack_lines([lines]), [experiment], rng, phase)
    row = arrays.mask[0]
    q2, in_q = arrays.q2[0, row], experiment.unit == "q"
    sigma = None
    if experiment.stated_ratio is not None and experiment.sigma > 0:
        sigma = experiment.stated_ratio * positions.standard_errors(q2[None], Columns.of([experiment]))[0]
    peaks = peaks_from_positions(
        geometry.to_unit(q2, experiment.wavelength, in_q),
        experiment.unit,
        wavelength=None if in_q else experiment.wavelength,
        sigma=sigma,
        intensity=arrays.intensity[0, row],
        source="simulated peaks",
    )
    return peaks, Truth(experiment, arrays.line[0, row], arrays.true_q2[0, row])


def simulate_peaks(
    lines: LineArrays,
    experiments: Sequence[Experiment],
    rng: np.random.Generator,
    contaminants: LineArrays | None = None,
    n_peaks: int | None = None,
) -> PeakArrays:
    """Simulate the peaks of many patterns at once.

    In this order: lines are missed, positions get errors, contaminants come in, angles are shifted and stretched.

    Parameters
    ----------
    lines : LineArrays, n patterns
        See `simulate_peak_list`.
    experiments : sequence of Experiment, length n
    rng : numpy.random.Generator
    contaminants : LineArrays, n patterns, optional
        Second phases, used where ``phase_ratio`` is positive; random small cells by default.
    n_peaks : int, optional
        Peaks kept of each pattern, the lowest first; all by default.

    Returns
    -------
    PeakArrays

    Raises
    ------
    InputError
        If the numbers of patterns differ.
    """
    if contaminants is None:
        q2_max = float(lines.q2.max(where=lines.mask, initial=0.0))
        contaminants = other.random_phase(len(lines), q2_max, rng)
    if not len(lines) == len(experiments) == len(contaminants):
        raise InputError(
            f"Simulation: {len(lines)} patterns, {len(experiments)} experiments and {len(contaminants)} second phases "
            "do not fit; give as many of each."
        )
    columns = Columns.of(experiments)
    lines = replace(lines, mask=missing.recorded(lines, columns))
    strongest = lines.intensity.max(axis=1, where=lines.mask, initial=0.0)[:, None]

    first = _observe(lines, strongest, columns, rng)
    second = _observe(other.second_phase(contaminants, lines, columns), strongest, columns, rng)
    second = replace(other.visible_beside(first, second, columns), line=np.full_like(second.line, NOT_A_LINE))
    known = join([first, second])
    single = other.single_lines(known, strongest, columns, rng)
    peaks = join([known, single])

    q2 = geometry.shift_angles(peaks.q2, columns.wavelength, columns.zero_shift, columns.scale)
    return arrange(replace(peaks, q2=q2, mask=peaks.mask & (q2 > 0)), n_peaks)


def _observe(lines: LineArrays, strongest, columns: Columns, rng) -> PeakArrays:
    """The lines that are resolved and seen, with errors in their positions."""
    position = geometry.to_unit(lines.q2, columns.wavelength, columns.in_q)
    intensity, resolved = lines.intensity.copy(), lines.mask.copy()
    missing.unite_close(position, intensity, resolved, columns.resolution[:, 0])
    mask = missing.seen(intensity, resolved, strongest, columns, rng)
    scales = positions.standard_errors(lines.q2, columns)
    position = np.where(mask, position + positions.random_errors(scales, columns, rng), 0.0)
    q2 = geometry.from_unit(position, columns.wavelength, columns.in_q)
    line = np.broadcast_to(np.arange(q2.shape[1]), q2.shape)
    return PeakArrays(q2, intensity, mask & (position > 0), line, lines.q2)
