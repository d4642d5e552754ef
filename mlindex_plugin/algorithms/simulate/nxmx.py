"""Writer of stills as NXmx (NeXus) HDF5 files, which dials.import reads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mlindex_plugin.whole_files import whole_file

# dxtbx's laboratory frame (imgCIF) to that of NeXus (McStas), and back.
IMGCIF_TO_MCSTAS = np.diag([-1.0, 1.0, -1.0])


def write_nxmx(path: str | Path, images: Iterable[np.ndarray], panel, wavelength: np.ndarray) -> None:
    """Write stills, each with the wavelength of its own shot.

    Parameters
    ----------
    path : str or pathlib.Path
        Replaced if it exists.
    images : iterable of numpy.ndarray of uint16, shape (n_slow, n_fast)
        As many as there are wavelengths.
    panel : dxtbx.model.Panel
        The only panel of the detector.
    wavelength : numpy.ndarray, shape (n_shots,)
        In Å.

    Raises
    ------
    ValueError
        If the number of images is not that of the wavelengths.
    InputError
        If the file cannot be written.
    """
    import h5py

    with whole_file(path) as temporary, h5py.File(temporary, "w") as handle:
        entry = _group(handle, "entry", "NXentry")
        entry["definition"] = "NXmx"
        _group(entry, "sample", "NXsample")["depends_on"] = "."
        instrument = _group(entry, "instrument", "NXinstrument")
        beam = _group(instrument, "beam", "NXbeam")
        _quantity(beam, "incident_wavelength", np.asarray(wavelength, dtype=float), "angstrom")
        _write_detector(instrument, panel)
        data = _group(entry, "data", "NXdata")
        data.attrs["signal"] = "data"
        _write_images(data, images, len(wavelength), panel)


def _write_detector(instrument, panel) -> None:
    detector = _group(instrument, "detector", "NXdetector")
    detector["depends_on"] = "/entry/instrument/detector/transformations/origin"
    detector["sensor_material"] = panel.get_material()
    _quantity(detector, "sensor_thickness", panel.get_thickness(), "mm")
    underload, saturation = panel.get_trusted_range()
    detector["underload_value"] = int(underload + 1)  # dxtbx takes one off again
    detector["saturation_value"] = int(saturation)

    origin = np.array(panel.get_origin())
    length = np.linalg.norm(origin)
    transformations = _group(detector, "transformations", "NXtransformations")
    _axis(transformations, "origin", length, origin / length, ".")

    n_fast, n_slow = panel.get_image_size()
    module = _group(detector, "module", "NXdetector_module")
    module["data_origin"] = np.array([0, 0])
    module["data_size"] = np.array([n_slow, n_fast])
    pixel_fast, pixel_slow = panel.get_pixel_size()
    above = detector["depends_on"][()]
    _axis(module, "fast_pixel_direction", pixel_fast, panel.get_fast_axis(), above)
    _axis(module, "slow_pixel_direction", pixel_slow, panel.get_slow_axis(), above)


def _write_images(data, images, n_images, panel) -> None:
    n_fast, n_slow = panel.get_image_size()
    dataset = data.create_dataset(
        "data",
        shape=(n_images, n_slow, n_fast),
        dtype=np.uint16,
        chunks=(1, n_slow, n_fast),
        compression="gzip",
        compression_opts=1,
    )
    for number, image in zip(range(n_images), images, strict=True):
        dataset[number] = image


def _group(parent, name: str, nx_class: str):
    group = parent.create_group(name)
    group.attrs["NX_class"] = nx_class
    return group


def _quantity(parent, name: str, value, units: str) -> None:
    parent[name] = value
    parent[name].attrs["units"] = units


def _axis(parent, name: str, length: float, direction, depends_on: str | bytes) -> None:
    """Write a translation along a direction given in dxtbx's frame, mm."""
    _quantity(parent, name, float(length), "mm")
    attributes = parent[name].attrs
    attributes["transformation_type"] = "translation"
    attributes["vector"] = IMGCIF_TO_MCSTAS @ np.array(direction)
    attributes["depends_on"] = depends_on
