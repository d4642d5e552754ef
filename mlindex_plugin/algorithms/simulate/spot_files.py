"""Writer of simulated spots as DIALS files, as if a spot finder had seen the images."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mlindex_plugin.algorithms.simulate.stills import BEAM_DIRECTION, Spots, Stills
from mlindex_plugin.errors import InputError
from mlindex_plugin.whole_files import whole_files

MIN_COUNTS = 45  # leaves as many spots as dials.find_spots finds in the images of tests/data/make_mithrene_stills.py
PIXEL_VARIANCE = 1 / 12  # DIALS adds that of a uniform distribution over one pixel to every centroid's


def write_spots(prefix: str | Path, stills: Stills, seed: int) -> tuple[Path, Path]:
    """Write ``<prefix>.expt`` and ``<prefix>.refl``, one experiment a shot that has spots.

    The photons of a spot are Poisson distributed, spots of fewer than `MIN_COUNTS` are not seen, and each centre
    is off by the standard error of the mean of its photons. There are no noise spots.

    Parameters
    ----------
    prefix : str or pathlib.Path
    stills : Stills
    seed : int
        The same seed gives the same files.

    Returns
    -------
    tuple of 2 pathlib.Path
        The two files.

    Raises
    ------
    InputError
        If no spot is strong enough, or the files cannot be written.
    """
    rng = np.random.default_rng(seed)
    counts = rng.poisson(stills.spots.photons)
    seen = counts >= MIN_COUNTS
    if not seen.any():
        raise InputError(f"{prefix}: no spot has {MIN_COUNTS} photons; simulate more shots or more photons.")
    spots, counts = stills.spots[seen], counts[seen]
    shots, experiment = np.unique(spots.shot, return_inverse=True)
    experiments = _experiments(stills, shots)
    reflections = _reflections(spots, counts, experiment, stills.detector, rng)
    for number, one in enumerate(experiments):
        reflections.experiment_identifiers()[number] = one.identifier
    paths = Path(f"{prefix}.expt"), Path(f"{prefix}.refl")
    with whole_files(paths) as (expt, refl):
        experiments.as_json(str(expt))
        reflections.as_file(str(refl))
    return paths


def _experiments(stills: Stills, shots: np.ndarray):
    from dxtbx.model import BeamFactory, Experiment, ExperimentList

    experiments = ExperimentList()
    for shot in shots:
        beam = BeamFactory.make_beam(sample_to_source=tuple(-BEAM_DIRECTION), wavelength=float(stills.wavelength[shot]))
        experiments.append(Experiment(beam=beam, detector=stills.detector, identifier=f"still_{shot:06d}"))
    return experiments


def _reflections(spots: Spots, counts: np.ndarray, experiment: np.ndarray, detector, rng):
    from dials.array_family import flex
    from dxtbx import flumpy

    along, across = (rng.standard_normal((len(spots), 2)) * spots.sigma / np.sqrt(counts)[:, None]).T
    u, v = spots.radial.T
    centre = spots.position + np.stack([along * u - across * v, along * v + across * u], axis=1)
    variance = np.stack([u**2, v**2], axis=1) * spots.sigma[:, :1] ** 2
    variance += np.stack([v**2, u**2], axis=1) * spots.sigma[:, 1:] ** 2
    half = np.ceil(2 * spots.sigma.max(axis=1))[:, None]
    image_size = np.array([panel.get_image_size() for panel in detector])[spots.panel]
    low, high = np.clip(np.floor(centre) - half, 0, image_size), np.clip(np.floor(centre) + half + 1, 0, image_size)
    frame = np.ones(len(spots))

    table = flex.reflection_table()
    bbox = np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1], 0 * frame, frame], axis=1)
    table["bbox"] = flex.int6(*(flumpy.from_numpy(column.astype(np.int32)) for column in bbox.T))
    table["flags"] = flex.size_t(len(spots), table.flags.strong)
    table["id"] = flumpy.from_numpy(experiment.astype(np.int32))
    table["imageset_id"] = table["id"]
    table["intensity.sum.value"] = flumpy.from_numpy(counts.astype(float))
    table["intensity.sum.variance"] = flumpy.from_numpy(counts.astype(float))
    table["n_signal"] = flumpy.from_numpy(np.ceil(4 * np.pi * spots.sigma.prod(axis=1)).astype(np.int32))
    table["panel"] = flumpy.from_numpy(spots.panel.astype(np.uint64))
    table["xyzobs.px.value"] = flumpy.vec_from_numpy(np.column_stack([centre, 0.5 * frame]))
    variance = np.column_stack([variance / counts[:, None], 0 * frame]) + PIXEL_VARIANCE
    table["xyzobs.px.variance"] = flumpy.vec_from_numpy(variance)
    return table
