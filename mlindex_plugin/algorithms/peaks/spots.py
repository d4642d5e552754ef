"""Spots in reciprocal space, from DIALS experiments and reflections."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from mlindex_plugin.compat import dials_modules, read_experiments, read_reflections, wavelength_and_s0
from mlindex_plugin.errors import InputError

_STRONG = 1 << 5  # flags.strong of the DIALS reflection table, set by the spot finder


@dataclass(frozen=True)
class Spots:
    """Spots of many shots, one row a spot.

    Attributes
    ----------
    position : numpy.ndarray, shape (n, 3)
        Laboratory coordinates in mm, sample at the origin.
    s0 : numpy.ndarray, shape (n, 3)
        Incident beam vector of the spot's own shot, 1/Å.
    pixel_axes : numpy.ndarray, shape (n, 2, 3)
        Steps of one pixel along the panel's fast and slow axis, mm.
    intensity : numpy.ndarray, shape (n,)
        Summed counts; zero where the file does not give them.
    shot : numpy.ndarray of int, shape (n,)
        Running number of the shot.
    pixel : numpy.ndarray of int, shape (n, 3)
        Panel, fast and slow pixel.
    """

    position: np.ndarray
    s0: np.ndarray
    pixel_axes: np.ndarray
    intensity: np.ndarray
    shot: np.ndarray
    pixel: np.ndarray

    def __len__(self):
        return len(self.position)

    def select(self, chosen):
        """The spots of a boolean or integer index."""
        return replace(self, **{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    def moved(self, shift):
        """The spots with every detector moved by `shift` (mm, shape (3,) in the laboratory)."""
        return replace(self, position=self.position + shift)

    @property
    def q(self):
        """1/d = |s1 - s0| in 1/Å, shape (n,)."""
        return np.linalg.norm(self._scattering_vector(), axis=1)

    @property
    def q_per_pixel(self):
        """Change of q for one pixel along the steepest direction on the panel, 1/Å, shape (n,)."""
        # q = |s1 - s0| with s1 = k x/|x|; the gradient in x is k (Q - (Q.X) X) / |x|, Q and X unit vectors.
        scattering = self._scattering_vector()
        direction = scattering / np.linalg.norm(scattering, axis=1, keepdims=True)
        distance = np.linalg.norm(self.position, axis=1, keepdims=True)
        ray = self.position / distance
        along = np.sum(direction * ray, axis=1, keepdims=True)
        gradient = np.linalg.norm(self.s0, axis=1, keepdims=True) * (direction - along * ray) / distance
        return np.linalg.norm(np.einsum("nij,nj->ni", self.pixel_axes, gradient), axis=1)

    @property
    def pixels_off_beam(self):
        """Distance from the beam as an angle, in pixels of the spot's panel, shape (n,)."""
        wavenumber = np.linalg.norm(self.s0, axis=1)
        distance = np.linalg.norm(self.position, axis=1)
        return 2 * np.arcsin(np.minimum(self.q / (2 * wavenumber), 1)) * distance / self.pixel_size

    @property
    def pixel_size(self):
        """mm, shape (n,)."""
        return np.linalg.norm(self.pixel_axes[:, 0], axis=1)

    @property
    def azimuth(self):
        """Angle of the spot around its beam, radians in (-pi, pi], shape (n,)."""
        beam = self.s0 / np.linalg.norm(self.s0, axis=1, keepdims=True)
        helper = np.where(np.abs(beam[:, [0]]) < 0.9, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
        first = np.cross(beam, helper)
        first /= np.linalg.norm(first, axis=1, keepdims=True)
        second = np.cross(beam, first)
        return np.arctan2(np.sum(self.position * second, axis=1), np.sum(self.position * first, axis=1))

    def _scattering_vector(self):
        wavenumber = np.linalg.norm(self.s0, axis=1, keepdims=True)
        return wavenumber * self.position / np.linalg.norm(self.position, axis=1, keepdims=True) - self.s0


@dataclass(frozen=True)
class SpotFile:
    """The spots of one pair of files, or of several joined.

    Attributes
    ----------
    spots : Spots
    n_shots : int
        Shots in the files, with or without spots.
    wavelengths : numpy.ndarray, shape (number of experiments,)
        Å.
    q_limits : tuple of 2 float
        Smallest and largest q that the detectors see, 1/Å.
    notes : tuple of str
        What was left out and why.
    """

    spots: Spots
    n_shots: int
    wavelengths: np.ndarray
    q_limits: tuple[float, float]
    notes: tuple[str, ...] = ()


def read_spots(pairs):
    """Read the spots of pairs of DIALS files.

    Parameters
    ----------
    pairs : sequence of (path, path)
        (``.expt``, ``.refl``); see `pair_files`.

    Returns
    -------
    SpotFile

    Raises
    ------
    InputError
        If a file cannot be read, or a pair does not fit together, or there are no usable spots.
    """
    if not pairs:
        raise InputError("no DIALS files: give at least one .expt with its .refl.")
    parts = []
    for expt_path, refl_path in pairs:
        part = _read_pair(str(expt_path), str(refl_path))
        parts.append(_renumbered(part, parts))
    spots = Spots(**{f.name: np.concatenate([getattr(p.spots, f.name) for p in parts]) for f in fields(Spots)})
    return SpotFile(
        spots=spots,
        n_shots=sum(part.n_shots for part in parts),
        wavelengths=np.concatenate([part.wavelengths for part in parts]),
        q_limits=(min(part.q_limits[0] for part in parts), max(part.q_limits[1] for part in parts)),
        notes=tuple(note for part in parts for note in part.notes),
    )


def _renumbered(part, before):
    """Shots numbered on from the earlier files; panels keep their numbers, so that a pixel stays the same pixel."""
    offset = sum(other.n_shots for other in before)
    return replace(part, spots=replace(part.spots, shot=part.spots.shot + offset))


def _read_pair(expt_path, refl_path):
    experiments = read_experiments(expt_path)
    table = read_reflections(refl_path)
    flex, flumpy, _ = dials_modules(refl_path)
    if len(table) == 0:
        raise InputError(f"{refl_path}: no spots in the file; run dials.find_spots with a lower threshold.")
    if "xyzobs.px.value" not in table or "panel" not in table:
        raise InputError(
            f"{refl_path}: no spot centroids (columns xyzobs.px.value and panel); give the .refl of dials.find_spots."
        )
    centroid = flumpy.to_numpy(table["xyzobs.px.value"])
    panel = flumpy.to_numpy(table["panel"]).astype(int)
    ids = _experiment_ids(table, experiments, expt_path, refl_path)
    intensity = flumpy.to_numpy(table["intensity.sum.value"]) if "intensity.sum.value" in table else np.zeros(len(ids))

    keep, notes = _usable(table, centroid, ids, refl_path)
    beams = [wavelength_and_s0(experiment.beam, expt_path) for experiment in experiments]
    centroid, panel, ids, intensity = centroid[keep], panel[keep], ids[keep], intensity[keep]
    position, pixel_axes = _laboratory(experiments, ids, panel, centroid, flex, flumpy, refl_path)

    shot, n_shots = _shots(ids, np.floor(centroid[:, 2]).astype(int), len(experiments))
    spots = Spots(
        position=position,
        s0=np.array([s0 for _, s0 in beams])[ids],
        pixel_axes=pixel_axes,
        intensity=intensity,
        shot=shot,
        pixel=np.column_stack([panel, np.floor(centroid[:, :2]).astype(int)]),
    )
    return SpotFile(
        spots=spots,
        n_shots=n_shots,
        wavelengths=np.array([wavelength for wavelength, _ in beams]),
        q_limits=_q_limits(experiments, list(experiments.detectors()), beams, flex, flumpy),
        notes=notes,
    )


def _experiment_ids(table, experiments, expt_path, refl_path):
    """Index of each spot's experiment in the list, -1 where it has none."""
    _, flumpy, _ = dials_modules(refl_path)
    if "id" not in table:
        if len(experiments) > 1:
            raise InputError(f"{refl_path}: no column id to say which of {len(experiments)} experiments a spot is of.")
        return np.zeros(len(table), dtype=int)
    ids = flumpy.to_numpy(table["id"]).astype(int)
    listed = dict(zip(table.experiment_identifiers().keys(), table.experiment_identifiers().values(), strict=True))
    place = {name: i for i, name in enumerate(experiments.identifiers()) if name}
    if listed and place:
        # Identifiers are the truth where both files have them: the order of experiments may differ.
        unknown = [name for name in listed.values() if name not in place]
        if unknown:
            raise InputError(
                f"{refl_path}: {len(unknown)} experiments (such as {unknown[0]}) are not among the {len(experiments)} "
                f"of {expt_path}; give the .expt that these spots were found on."
            )
        lookup = np.full(max(ids.max(initial=0), *listed) + 1, -2)
        for number, name in listed.items():
            lookup[number] = place[name]
        ids = np.where(ids >= 0, lookup[np.maximum(ids, 0)], -1)
    if ids.max(initial=-1) >= len(experiments) or np.any(ids < -1):
        raise InputError(
            f"{refl_path}: spots of more experiments than the {len(experiments)} of {expt_path}; "
            "give the .expt that these spots were found on."
        )
    return ids


def _usable(table, centroid, ids, refl_path):
    """Rows with a centroid, an experiment and, where some rows are marked strong, that mark; and the notes."""
    from dxtbx import flumpy

    notes = []
    keep = np.ones(len(ids), dtype=bool)
    if "flags" in table:
        strong = (flumpy.to_numpy(table["flags"]) & _STRONG) != 0
        if strong.any() and not strong.all():
            keep &= strong
            notes.append(f"{refl_path}: {np.sum(~strong)} reflections that the spot finder did not see were left out.")
    finite = np.all(np.isfinite(centroid), axis=1)
    if not finite.all():
        notes.append(f"{refl_path}: {np.sum(~finite)} spots without a finite centroid were left out.")
    if np.any(ids < 0):
        notes.append(f"{refl_path}: {np.sum(ids < 0)} spots that belong to no experiment (id -1) were left out.")
    keep &= finite & (ids >= 0)
    if not keep.any():
        raise InputError(f"{refl_path}: no usable spots in the file; give the .refl of dials.find_spots.")
    return keep, tuple(notes)


def _shots(ids, frame, n_experiments):
    """Running number of each spot's shot, an image of an experiment, and how many shots there are.

    An experiment without spots counts as one shot.
    """
    images, shot = np.unique(np.column_stack([ids, frame]), axis=0, return_inverse=True)
    present, of_image = np.unique(images[:, 0], return_inverse=True)
    empty_before = present - np.arange(len(present))
    number = np.arange(len(images)) + empty_before[of_image]
    return number[shot.reshape(-1)], len(images) + n_experiments - len(present)


def _laboratory(experiments, ids, panel, centroid, flex, flumpy, refl_path):
    """Laboratory positions and pixel steps, one call a panel of each distinct detector.

    The panel's own pixel-to-millimetre strategy is used, which corrects for parallax where the detector says so.
    """
    detectors = experiments.detectors()
    of_experiment = np.zeros(len(experiments), dtype=int)
    for number, detector in enumerate(detectors):
        of_experiment[flumpy.to_numpy(experiments.where(detector=detector)).astype(int)] = number
    first_panel = np.cumsum([0] + [len(detector) for detector in detectors])
    sizes = np.diff(first_panel)
    number = of_experiment[ids]
    if np.any(panel >= sizes[number]):
        raise InputError(f"{refl_path}: spots on panel {panel.max()}, which the detector of the .expt does not have.")

    position = np.empty((len(ids), 3))
    pixel_axes = np.empty((len(ids), 2, 3))
    running = first_panel[number] + panel
    order = np.argsort(running, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(running[order])) + 1):
        model = detectors[int(number[rows[0]])][int(panel[rows[0]])]
        x, y = (flumpy.from_numpy(np.ascontiguousarray(centroid[rows, axis])) for axis in (0, 1))
        millimetre = model.pixel_to_millimeter(flex.vec2_double(x, y))
        position[rows] = flumpy.to_numpy(model.get_lab_coord(millimetre))
        fast_size, slow_size = model.get_pixel_size()
        pixel_axes[rows, 0] = np.multiply(model.get_fast_axis(), fast_size)
        pixel_axes[rows, 1] = np.multiply(model.get_slow_axis(), slow_size)
    return position, pixel_axes


def _q_limits(experiments, detectors, beams, flex, flumpy):
    """Smallest and largest q on the panels, 1/Å; sampled, 33 x 33 points a panel, at most 20 detectors."""
    q = []
    for detector in detectors[:: len(detectors) // 20 + 1]:
        s0 = np.array(beams[int(experiments.where(detector=detector)[0])][1])
        for panel in detector:
            width, height = panel.get_image_size_mm()
            x, y = (grid.ravel() for grid in np.meshgrid(np.linspace(0, width, 33), np.linspace(0, height, 33)))
            place = flumpy.to_numpy(panel.get_lab_coord(flex.vec2_double(flex.double(x), flex.double(y))))
            s1 = place / np.linalg.norm(place, axis=1, keepdims=True) * np.linalg.norm(s0)
            q.append(np.linalg.norm(s1 - s0, axis=1))
    return float(np.min(q)), float(np.max(q))
