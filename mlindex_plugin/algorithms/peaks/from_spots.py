"""From DIALS files to a peak list."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlindex_plugin.algorithms.peaks.beam_centre import find_beam_centre
from mlindex_plugin.algorithms.peaks.peak_list import PeakList
from mlindex_plugin.algorithms.peaks.powder_pattern import as_pattern, spot_density
from mlindex_plugin.algorithms.peaks.spot_filters import clean_spots
from mlindex_plugin.algorithms.peaks.spot_peaks import find_lines
from mlindex_plugin.algorithms.peaks.spot_widths import widths_from_pairs
from mlindex_plugin.algorithms.peaks.spots import read_spots
from mlindex_plugin.errors import InputError

WANTED_SHOTS = 1000
_FEWEST_SPOTS = 20
_LOW_ANGLE = (
    0.15  # part of the spots, lowest q first, that widths and beam centre are taken from: lines are separate there
)


def peaks_from_spots(pairs, params=None):
    """Make a peak list of the spots of serial stills.

    Every spot gets d by its detector model, parallax included, and its own shot's beam. The beam centre is moved where
    that makes the lines significantly sharper. See `spot_widths`, `line_fit` and `spot_peaks` for the rest.

    Parameters
    ----------
    pairs : sequence of (path, path)
        (``.expt``, ``.refl``), as `pair_files` gives them.
    params : libtbx.phil.scope_extract, optional
        ``input.wavelength`` replaces the wavelength of every shot.

    Returns
    -------
    PeakList
        ``unit`` is ``spots``, ``intensity`` the number of spots of each line, ``pattern`` the density of spots over
        q2, and ``notes`` say how many shots and spots there were and what was left out.

    Raises
    ------
    InputError
        If the files cannot be read or do not fit together, or hold no line.
    """
    source = ", ".join(str(refl) for _, refl in pairs)
    file = read_spots(pairs)
    wavelength = None if params is None else params.input.wavelength
    if wavelength is not None:
        file = _with_wavelength(file, wavelength)
    return peaks_of(file, source)


def peaks_of(file, source, move_beam=True):
    """The peak list of spots already read.

    Parameters
    ----------
    file : SpotFile
    source : str
        For messages.
    move_beam : bool
        Whether the beam centre may be moved.

    Returns
    -------
    PeakList
    """
    spots, notes = clean_spots(file.spots.select(file.spots.q > 1e-3))
    notes = [_counts_note(file), *file.notes, *notes]
    if len(spots) < _FEWEST_SPOTS:
        raise InputError(f"{source}: only {len(spots)} usable spots; give {WANTED_SHOTS:,} shots or more.")
    if move_beam:
        shift, pixels = find_beam_centre(_low_angle(spots))
        if pixels:
            spots = spots.moved(shift)
            notes.append(
                f"The beam centre was moved by {pixels:.2f} pixels, because that makes the lines sharper; "
                "correct it in the geometry."
            )
    widths = widths_from_pairs(_low_angle(spots), np.random.default_rng(0))
    data, lines, line_notes = find_lines(spots, widths, file.q_limits)
    if len(lines.q) == 0:
        raise InputError(
            f"{source}: no powder line stands out of {len(spots)} spots on {file.n_shots} shots; "
            f"give {WANTED_SHOTS:,} shots or more."
        )
    return PeakList(
        q2=lines.q**2,
        sigma=2 * lines.q * lines.sigma,
        intensity=lines.counts,
        wavelength=float(np.median(file.wavelengths)),
        unit="spots",
        sigma_measured=True,
        source=source,
        pattern=as_pattern(data.resolution, spot_density(data.q, data.width, data.resolution)),
        notes=(*notes, *line_notes),
    )


def _low_angle(spots):
    n = max(int(_LOW_ANGLE * len(spots)), 100)
    return spots.select(np.argsort(spots.q, kind="stable")[:n])


def _counts_note(file):
    note = f"{len(file.spots):,} spots on {file.n_shots:,} shots."
    if file.n_shots < WANTED_SHOTS:
        note += f" {WANTED_SHOTS:,} shots or more are wanted: with fewer, weak lines are missing."
    return note


def _with_wavelength(file, wavelength):
    direction = file.spots.s0 / np.linalg.norm(file.spots.s0, axis=1, keepdims=True)
    return replace(
        file,
        spots=replace(file.spots, s0=direction / wavelength),
        wavelengths=np.full(len(file.wavelengths), float(wavelength)),
        notes=(*file.notes, f"The wavelength {wavelength:g} Å given replaces that of every shot."),
    )
