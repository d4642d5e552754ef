"""Small DIALS files made for tests, with the models and tables of dxtbx and DIALS themselves."""

from __future__ import annotations

import numpy as np

WAVELENGTH = 1.3
PIXEL = 0.15


def detector_at(distance, n_panels=1, parallax=True):
    """A detector of square panels of 400 pixels, side by side, the beam in the middle."""
    from dxtbx.model import Detector, ParallaxCorrectedPxMmStrategy

    detector = Detector()
    for i in range(n_panels):
        panel = detector.add_panel()
        panel.set_local_frame((1, 0, 0), (0, -1, 0), ((i - n_panels / 2) * 400 * PIXEL, 200 * PIXEL, -distance))
        panel.set_pixel_size((PIXEL, PIXEL))
        panel.set_image_size((400, 400))
        panel.set_trusted_range((-1, 1e6))
        if parallax:
            panel.set_px_mm_strategy(ParallaxCorrectedPxMmStrategy(9.0, 0.45))
    return detector


def experiments_of(detectors, wavelengths, prefix="shot"):
    """One experiment for every wavelength; `detectors` is one, or one for each."""
    from dxtbx.model import BeamFactory, Experiment, ExperimentList

    if not isinstance(detectors, list):
        detectors = [detectors] * len(wavelengths)
    experiments = ExperimentList()
    for i, (detector, wavelength) in enumerate(zip(detectors, wavelengths, strict=True)):
        beam = BeamFactory.make_beam(sample_to_source=(0, 0, 1), wavelength=float(wavelength))
        experiments.append(Experiment(beam=beam, detector=detector, identifier=f"{prefix}_{i}"))
    return experiments


def table_of(ids, panel, centroid, intensity=None, identifiers=()):
    """A reflection table as dials.find_spots leaves it, as far as reading needs."""
    from dials.array_family import flex
    from dxtbx import flumpy

    table = flex.reflection_table()
    table["id"] = flumpy.from_numpy(np.asarray(ids, dtype=np.int32))
    table["panel"] = flumpy.from_numpy(np.asarray(panel, dtype=np.uint64))
    table["xyzobs.px.value"] = flumpy.vec_from_numpy(np.column_stack([centroid, np.full(len(ids), 0.5)]))
    table["flags"] = flex.size_t(len(ids), table.flags.strong)
    if intensity is not None:
        table["intensity.sum.value"] = flumpy.from_numpy(np.asarray(intensity, dtype=float))
    for number, name in enumerate(identifiers):
        table.experiment_identifiers()[number] = name
    return table


def write(folder, name, experiments, table):
    """Write both files; returns their paths as strings."""
    paths = str(folder / f"{name}.expt"), str(folder / f"{name}.refl")
    experiments.as_file(paths[0])
    table.as_file(paths[1])
    return paths


def small_pair(folder, name="strong", n_shots=5, n_spots=40, seed=0):
    """Random spots on random shots."""
    rng = np.random.default_rng(seed)
    experiments = experiments_of(detector_at(100), WAVELENGTH * (1 + 1e-3 * rng.standard_normal(n_shots)))
    ids = np.sort(rng.integers(0, n_shots, n_spots))
    table = table_of(ids, np.zeros(n_spots), rng.uniform(0, 400, (n_spots, 2)), rng.uniform(20, 900, n_spots))
    for number, name_of in enumerate(experiments.identifiers()):
        table.experiment_identifiers()[number] = name_of
    return write(folder, name, experiments, table)
