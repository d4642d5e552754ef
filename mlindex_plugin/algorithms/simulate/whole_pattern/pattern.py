"""From powder lines to whole patterns, one or an endless stream, and to files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlindex_plugin.algorithms.lattice import two_theta_from_q2
from mlindex_plugin.algorithms.peaks.emission import find_tube
from mlindex_plugin.algorithms.simulate.calculated_pattern import PowderLines, powder_lines
from mlindex_plugin.algorithms.simulate.whole_pattern.background import draw_background
from mlindex_plugin.algorithms.simulate.whole_pattern.conditions import (
    PatternConditions,
    PatternParameters,
    draw_parameters,
)
from mlindex_plugin.algorithms.simulate.whole_pattern.profile import add_lines, line_widths
from mlindex_plugin.errors import InputError
from mlindex_plugin.whole_files import write_text

WAVELENGTH = 1.5406  # Å, Cu Kα1
STEP = 0.01  # degrees
TWO_THETA = np.linspace(5.0, 90.0, 8501)
MARGIN = 1.0  # degrees; lines this far beyond the end reach into the pattern
STEPS_PER_WIDTH = 2.0  # fewer, and the points no longer carry the area of a line


@dataclass(frozen=True)
class WholePattern:
    """A simulated powder pattern.

    Attributes
    ----------
    two_theta : numpy.ndarray, shape (8501,)
        5 to 90 degrees.
    counts : numpy.ndarray, shape (8501,)
        Counts; without counting noise, intensities on the scale of the highest line of the pure phases.
    wavelength : float
        Å; that of Kα1 where there are two.
    parameters : PatternParameters
    """

    two_theta: np.ndarray
    counts: np.ndarray
    wavelength: float
    parameters: PatternParameters

    def rescaled(self) -> np.ndarray:
        """Intensities from 0 to 1, shape (8501,): over the highest, negative ones (noise) set to 0."""
        return np.maximum(self.counts, 0) / self.counts.max()


def lines_for_pattern(structure, wavelength: float = WAVELENGTH) -> PowderLines:
    """Every powder line of a structure that a whole pattern shows.

    Parameters
    ----------
    structure : cctbx.xray.structure
    wavelength : float
        Å.

    Returns
    -------
    PowderLines
        Complete to one degree beyond the end of the pattern.

    Raises
    ------
    InputError
        If there is no line, or the atoms scatter nothing.
    """
    return powder_lines(structure, wavelength, TWO_THETA[-1] + MARGIN)


def simulate_pattern(
    lines,
    conditions: PatternConditions,
    rng: np.random.Generator,
    impurity=None,
    wavelength: float = WAVELENGTH,
) -> WholePattern:
    """Simulate a powder pattern, its parameters drawn from the conditions.

    Parameters
    ----------
    lines : PowderLines or Lines
        With positions `q2` in 1/Å² and intensities that hold the Lorentz-polarisation factor.
    conditions : PatternConditions
    rng : numpy.random.Generator
        The same state gives the same pattern.
    impurity : PowderLines or Lines, optional
        Lines of a second phase; the pattern is pure without.
    wavelength : float
        Å.

    Returns
    -------
    WholePattern

    Raises
    ------
    InputError
        If a phase has no line in the pattern, lines are narrower than two steps, or Kα2 is asked for a wavelength
        that is no tube's.
    """
    parameters = draw_parameters(conditions, rng)
    signal = _signal(lines, wavelength, parameters)
    if impurity is not None and parameters.impurity > 0:
        signal = (1 - parameters.impurity) * signal + parameters.impurity * _signal(impurity, wavelength, parameters)
    if parameters.background > 0:
        signal = signal + draw_background(TWO_THETA, parameters, rng)
    if np.isfinite(parameters.counts):
        signal = rng.poisson(parameters.counts * signal).astype(float)
    if parameters.gaussian_noise > 0:
        highest = parameters.counts if np.isfinite(parameters.counts) else 1.0
        signal = signal + highest * parameters.gaussian_noise * rng.standard_normal(len(signal))
    return WholePattern(TWO_THETA, signal, wavelength, parameters)


def simulate_patterns(
    structures: Iterable, conditions: PatternConditions, rng: np.random.Generator, wavelength: float = WAVELENGTH
) -> Iterator[WholePattern]:
    """Simulate one pattern a structure, without end if there is no end of structures.

    The impurity of each pattern is the structure before it; the first pattern is pure.

    Parameters
    ----------
    structures : iterable of cctbx.xray.structure
    conditions : PatternConditions
    rng : numpy.random.Generator
    wavelength : float
        Å.

    Yields
    ------
    WholePattern
        In the order of the structures.

    Raises
    ------
    InputError
        As `lines_for_pattern` and `simulate_pattern`.
    """
    before = None
    for structure in structures:
        lines = lines_for_pattern(structure, wavelength)
        yield simulate_pattern(lines, conditions, rng, before, wavelength)
        before = lines


def _signal(lines, wavelength: float, parameters: PatternParameters) -> np.ndarray:
    """Pattern of one phase over its highest point."""
    position = two_theta_from_q2(lines.q2, wavelength)
    seen = position < TWO_THETA[-1] + MARGIN
    position, area = position[seen], np.asarray(lines.intensity, float)[seen]
    if not np.any(area[(position >= TWO_THETA[0]) & (position <= TWO_THETA[-1])] > 0):
        raise InputError(f"Whole pattern: the phase has no line from 2theta 5 to 90 degrees at {wavelength:g} Å.")
    pattern = np.zeros(len(TWO_THETA))
    for emitted, place, share in _emission(position, wavelength, parameters.alpha2):
        fwhm, eta = line_widths(place, emitted, parameters)
        _check_widths(fwhm)
        add_lines(pattern, TWO_THETA, place, share * area, fwhm, eta)
    return pattern / pattern.max()


def _check_widths(fwhm: np.ndarray) -> None:
    if np.isnan(fwhm).any():
        raise InputError(
            "Whole pattern: u tan² + v tan + w, the square of the width, is negative; give larger u and w."
        )
    if fwhm.min() < STEPS_PER_WIDTH * STEP:
        raise InputError(
            f"Whole pattern: lines are {fwhm.min():.4f} degrees wide, but the step is {STEP}; give larger u and w or "
            "smaller crystallites."
        )


def _emission(position, wavelength: float, alpha2: float):
    """Wavelength, positions and share of the intensity of each emission line."""
    if alpha2 == 0:
        return [(wavelength, position, 1.0)]
    tube = find_tube(wavelength)
    if tube is None:
        raise InputError(
            f"Whole pattern: {wavelength:g} Å is no wavelength of a laboratory tube; set alpha2 to 0 or give that of "
            "K-alpha1."
        )
    share = 1 / (1 + alpha2)
    return [(wavelength, position, share), (tube.alpha2, tube.alpha2_position(position), alpha2 * share)]


def write_pattern(path: str | Path, pattern: WholePattern) -> None:
    """Write a pattern in two columns, 2theta and counts, as ``dials.mlindex_powder`` reads it.

    Parameters
    ----------
    path : str or pathlib.Path
        Overwritten if it exists.
    pattern : WholePattern
    """
    rows = (f"{x:.2f} {y:.8g}\n" for x, y in zip(pattern.two_theta, pattern.counts, strict=True))
    write_text(path, f"# wavelength = {pattern.wavelength:.7g}\n# two_theta intensity\n" + "".join(rows))
